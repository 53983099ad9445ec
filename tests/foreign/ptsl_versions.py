"""py-ptsl's Engine against a simulator of any PTSL version. Usage: ptsl_versions.py HOST:PORT
MAJOR MINOR ACCEPTED, where ACCEPTED is 1 when the server lets newer clients in. Ends with status 0
when everything is as that version would have it."""

import os
import sys

from google.protobuf.json_format import ParseError
from ptsl import open_engine
from ptsl import PTSL_pb2 as pt
from ptsl.errors import CommandError

address, major, minor, accepted = sys.argv[1], *map(int, sys.argv[2:5])
version = (major, minor)


def refused(kind, call, *args, **kwargs):
    """PTSL 1 sends its errors in a shape that today's py-ptsl cannot read."""
    try:
        call(*args, **kwargs)
    except CommandError as error:
        assert major > 1 and error.error_type == kind, error
        return
    except ParseError:
        assert major == 1
        return
    raise AssertionError(f"{call.__name__} was not refused")


def since(wanted, call, *args, **kwargs):
    """Calls it where it exists, and is refused where not."""
    if version >= wanted:
        return call(*args, **kwargs)
    refused(pt.PT_UnsupportedCommand, call, *args, **kwargs)
    return None


def track(engine, name):
    return next(t for t in engine.track_list() if t.name == name)


with open_engine(company_name="PT-STEM", application_name="versions", address=address) as engine:
    assert engine.ptsl_version() == major
    if not accepted:
        refused(pt.SDK_VersionMismatch, engine.session_name)
        sys.exit(0)
    assert engine.session_name() == "Söng"
    path = engine.session_path()
    assert path.startswith("Macintosh HD:") if version <= (3, 0) and os.name == "posix" else \
        os.path.isfile(path), path
    assert engine.session_timecode_rate() == pt.STCR_Fps25
    assert engine.transport_state() == "TS_TransportStopped"
    names = [t.name for t in engine.track_list()]
    assert names == ["DRUMS", "Kick", "Snare", "Bass", "Vox", "Verb", "Master"], names
    kick = track(engine, "Kick")
    assert (kick.type, kick.format) == (pt.AudioTrack, pt.TF_Mono)
    assert kick.track_attributes.is_hidden == getattr(pt, "None")
    muted = pt.TrackListInvertibleFilter(filter=pt.Muted, is_inverted=False)
    assert list(engine.track_list([muted])) == [], "an empty list, whatever its form"
    marks = engine.get_memory_locations()
    assert [m.name for m in marks] == ["Verse"], marks
    engine.create_new_tracks(1, "New", pt.TF_Mono, pt.TT_Audio, pt.TTB_Samples)
    assert [t.name for t in engine.track_list()][-1] == "New"
    engine.set_timeline_selection("01:00:00:05", out_time="01:00:00:20")
    since((3, 0), engine.set_track_mute_state, ["Bass"], True)
    assert track(engine, "Bass").track_attributes.is_muted == (version >= (3, 0))
    since((3, 0), engine.get_session_ids)
    since((4, 0), engine.get_main_counter_format)
    since((5, 0), engine.clear_all_memory_locations)
    since((2025, 6), engine.get_edit_selection, pt.TLType_Samples)
    print("ok:", version)
