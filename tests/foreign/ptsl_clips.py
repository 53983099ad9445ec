"""What py-ptsl's Engine does with clips and files: file locations, the export of clips, session
data of another session, refreshing. Usage: ptsl_clips.py HOST:PORT FOLDER, where FOLDER may be
written to and holds the session folder `song`. Ends with status 0 when everything is as expected."""

import os
import sys

from ptsl import PTSL_pb2 as pt
from ptsl import open_engine
from ptsl.errors import CommandError

address, folder = sys.argv[1], sys.argv[2]


def refused(kind, word, call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except CommandError as error:
        assert error.error_type == kind, f"{error} is not {kind}"
        assert word in error.message, error.message
        return
    raise AssertionError(f"{call} was not refused")


with open_engine(company_name="Test", application_name="clips", address=address) as engine:
    files = engine.get_file_location()
    names = sorted(os.path.basename(file.path) for file in files)
    assert names == ["Bass.wav", "Kick.wav", "Snare.wav", "Vox.wav"], names
    assert all(file.info.is_online and file.file_id for file in files)
    assert not engine.get_file_location([pt.Offline_Files])
    assert len(engine.get_file_location([pt.OnTimeline_Files])) == 4

    # The engine asks for session data when it wants audio, and Pro Tools misses the path.
    refused(pt.PT_InvalidParameter, "path to the imported session is missed",
            engine.import_audio, [files[0].path], timecode="01:00:00:00")

    data = engine.import_data(os.path.join(folder, "song"))
    data.import_as_new_tracks()
    data.replace_playlists()
    data.import_clips_and_media()
    refused(pt.PT_InvalidParameter, "unknown error", data.import_data)
    data.map_start_timecode("01:00:10:00")
    before = len(engine.track_list())
    data.import_data()
    tracks = [track.name for track in engine.track_list()]
    assert len(tracks) == 2 * before, tracks
    assert "Kick 1" in tracks, tracks

    out = os.path.join(folder, "clips")
    os.mkdir(out)
    engine.select_tracks_by_name(["Bass"])
    refused(pt.PT_NoSelection, "selected", engine.export_clips_as_files, out + "/", pt.WAV, pt.Bit24)
    engine.set_timeline_selection(in_time="0", out_time="48000",
                                  location_type=pt.TLType_Samples)
    engine.export_clips_as_files(out + "/", pt.WAV, pt.Bit24, pt.EF_Interleaved)
    assert os.listdir(out) == ["Bass-01.wav"], os.listdir(out)
    refused(pt.PT_UnknownError, "end with", engine.export_clips_as_files,
            "Macintosh HD:" + out.strip("/").replace("/", ":"), pt.WAV, pt.Bit24)
    engine.export_clips_as_files("Macintosh HD:" + out.strip("/").replace("/", ":") + ":",
                                 pt.WAV, pt.Bit16, resolve_duplicates=pt.AutoRenaming)
    assert sorted(os.listdir(out)) == ["Bass-01-01.wav", "Bass-01.wav"], os.listdir(out)

    engine.refresh_all_modified_audio_files()
print("clips and files: as expected")
