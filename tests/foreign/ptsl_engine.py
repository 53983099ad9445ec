"""Drives the simulator through py-ptsl's Engine, as its users do: connect, read the session, list
tracks, mute, solo, arm, select, play, stop, record, selection, memory locations, text export,
mix export, save, close, open. Usage: ptsl_engine.py HOST:PORT FOLDER, where FOLDER may be written
to. Ends with status 0 when everything is as expected."""

import io
import os
import sys
import wave
from contextlib import redirect_stdout

import ptsl
from ptsl import open_engine
from ptsl import PTSL_pb2 as pt
from ptsl.errors import CommandError

address, folder = sys.argv[1], sys.argv[2]
checks = 0


def same(actual, expected, what):
    global checks
    checks += 1
    assert actual == expected, f"{what}: {actual!r} is not {expected!r}"


def refused(kind, call, *args, **kwargs):
    global checks
    checks += 1
    try:
        call(*args, **kwargs)
    except CommandError as error:
        assert error.error_type == kind, f"{error} is not {kind}"
        assert error.message and not error.is_warning
        return
    raise AssertionError(f"{call.__name__} {args} was not refused")


def session_info(engine):
    """The shape of the session_info example."""
    print("Session:", engine.session_name(), engine.session_path())
    print("Rate:", engine.session_sample_rate(), "Start:", engine.session_start_time(),
          "Length:", engine.session_length())
    print("Format:", pt.SessionAudioFormat.Name(engine.session_audio_format()),
          pt.BitDepth.Name(engine.session_bit_depth()),
          "interleaved" if engine.session_interleaved_state() else "split")
    print("Timecode:", pt.SessionTimeCodeRate.Name(engine.session_timecode_rate()),
          "Feet:", pt.SessionFeetFramesRate.Name(engine.session_feet_frames_rate()))


def print_tracks(engine):
    """The shape of the print_tracks example."""
    for track in engine.track_list():
        print(f"{track.index:3} {track.name:20} {pt.TrackType.Name(track.type):12} "
              f"{pt.TrackFormat.Name(track.format)} {track.id}")


def track(engine, name):
    found = [t for t in engine.track_list() if t.name == name]
    assert len(found) == 1, f"{name}: {len(found)}"
    return found[0]


def facts(engine):
    same(engine.ptsl_version(), 2025, "version")
    engine.host_ready_check()
    same(engine.session_name(), "Söng", "name")
    assert engine.session_path().endswith("Söng.ptx")
    assert os.path.isfile(engine.session_path())
    same(engine.session_sample_rate(), 48000, "rate")
    same(engine.session_bit_depth(), pt.Bit24, "bit depth")
    same(engine.session_audio_format(), pt.SAF_WAVE, "format")
    same(engine.session_interleaved_state(), True, "interleaved")
    same(engine.session_timecode_rate(), pt.STCR_Fps25, "timecode rate")
    same(engine.session_feet_frames_rate(), pt.SFFR_Fps24, "feet+frames")
    same(engine.session_audio_rate_pull(), pt.SRP_None, "audio pull")
    same(engine.session_video_rate_pull(), pt.SRP_None, "video pull")
    same(engine.session_start_time(), "01:00:00:00.00", "start")
    same(engine.session_length(), "24:00:00:00", "length")
    ids = engine.get_session_ids()
    same(ids.origin_id, ids.instance_id, "ids")
    same(engine.get_edit_mode().current_setting, pt.EMO_Slip, "edit mode")
    engine.set_edit_mode(pt.EMO_Spot)
    same(engine.get_edit_mode().current_setting, pt.EMO_Spot, "edit mode")
    same(engine.get_edit_tool().current_setting, pt.ET_Selector, "edit tool")
    engine.recall_zoom_preset(3)
    engine.set_main_counter_format(pt.TLType_MinSecs)
    same(engine.get_main_counter_format().current_type, pt.TLType_MinSecs, "counter")
    engine.set_main_counter_format(pt.TLType_TimeCode)
    same(engine.get_system_delay(), 0, "delay")
    engine.set_session_bit_depth(pt.Bit16)
    same(engine.session_bit_depth(), pt.Bit16, "bit depth set")
    engine.set_session_bit_depth(pt.Bit24)


def tracks(engine):
    names = [t.name for t in engine.track_list()]
    same(names, ["DRUMS", "Kick", "Snare", "Bass", "Vox", "Verb", "Master"], "tracks")
    kick = track(engine, "Kick")
    same((kick.type, kick.format), (pt.TT_Audio, pt.TF_Mono), "type and format")
    same(kick.parent_folder_name, "DRUMS", "folder")
    same(track(engine, "DRUMS").type, pt.TT_BasicFolder, "folder type")
    for setter, attribute, name in [
        (engine.set_track_mute_state, "is_muted", "Kick"),
        (engine.set_track_solo_state, "is_soloed", "Bass"),
        (engine.set_track_solo_safe_state, "is_soloed_safe", "Verb"),
        (engine.set_track_record_enable_state, "is_record_enabled", "Vox"),
        (engine.set_track_record_safe_enable_state, "is_record_enabled_safe", "Bass"),
        (engine.set_track_frozen_state, "is_frozen", "Vox"),
        (engine.set_track_open_state, "is_open", "DRUMS"),
    ]:
        for on in (True, False):
            setter([name], on)
            state = getattr(track(engine, name).track_attributes, attribute)
            same(state, on, attribute)
    for setter, attribute in [
        (engine.set_track_input_monitor_state, "is_input_monitoring_on"),
        (engine.set_track_hidden_state, "is_hidden"),
        (engine.set_track_inactive_state, "is_inactive"),
    ]:
        for on, state in ((True, pt.TAState_SetExplicitly), (False, pt.TAState_None)):
            setter(["Vox"], on)
            same(getattr(track(engine, "Vox").track_attributes, attribute), state, attribute)
    refused(pt.PT_NoTrackFound, engine.set_track_mute_state, ["Nobody"], True)
    refused(pt.PT_ForbiddenTrackType, engine.set_track_record_enable_state, ["Verb"], True)
    muted = pt.TrackListInvertibleFilter(filter=pt.Muted, is_inverted=False)
    same(list(engine.track_list([muted])), [], "no muted tracks")
    engine.set_track_mute_state(["Kick"], True)
    same([t.name for t in engine.track_list([muted])], ["Kick"], "muted tracks")
    engine.set_track_mute_state(["Kick"], False)
    engine.select_tracks_by_name(["Kick", "Vox"])
    selected = pt.TrackListInvertibleFilter(filter=pt.Selected, is_inverted=False)
    same([t.name for t in engine.track_list([selected])], ["Kick", "Vox"], "selected")
    engine.create_new_tracks(2, "New", pt.TF_Mono, pt.TT_Audio, pt.TTB_Samples)
    engine.rename_target_track("New 1", "Renamed")
    same([t.name for t in engine.track_list()][-2:], ["Renamed", "New 2"], "new tracks")


def transport(engine):
    same(engine.transport_state(), "TS_TransportStopped", "stopped")
    engine.toggle_play_state()
    same(engine.transport_state(), "TS_TransportPlaying", "playing")
    engine.toggle_play_state()
    same(engine.transport_state(), "TS_TransportStopped", "stopped again")
    same(engine.transport_armed(), False, "not armed")
    engine.toggle_record_enable()
    same(engine.transport_armed(), True, "armed")
    engine.toggle_play_state()
    same(engine.transport_state(), "TS_TransportRecording", "recording")
    engine.toggle_play_state()
    same(engine.transport_armed(), False, "disarmed by the stop")
    engine.play_half_speed()
    same(engine.transport_state(), "TS_TransportPlayingHalfSpeed", "half speed")
    engine.toggle_play_state()
    same(engine.playback_modes(), (True, False, False), "playback modes")
    engine.set_playback_mode(pt.PM_Loop)
    same(engine.playback_modes(), (False, True, False), "loop")
    engine.set_playback_mode(pt.PM_Normal)
    same(engine.record_mode(), pt.RM_Normal, "record mode")
    engine.set_record_mode(pt.RMode_Destructive, False)
    same(engine.record_mode(), pt.RM_Destructive, "record mode by its name")


def places(engine):
    engine.set_timeline_selection("01:00:00:05", out_time="01:00:00:20")
    same(engine.get_timeline_selection(), ("01:00:00:05.00", "01:00:00:20.00"), "timecode")
    same(engine.get_timeline_selection(pt.TLType_Samples), ("9600", "38400"), "samples")
    same(engine.get_edit_selection(pt.TLType_Samples), ("9600", "38400"), "edit selection")
    refused(pt.PT_InvalidParameter, engine.set_timeline_selection, "nonsense")
    engine.create_memory_location(start_time="01:00:01:00", name="Bridge",
                                  time_properties=pt.TP_Marker, reference=pt.MLR_Absolute)
    marks = [(m.number, m.name, m.start_time) for m in engine.get_memory_locations()]
    same(marks, [(1, "Verse", "24000"), (2, "Bridge", "48000")], "memory locations")
    engine.edit_memory_location(2, "Bridge 2", "01:00:02:00", "", pt.TP_Marker,
                                pt.MLR_Absolute, pt.MemoryLocationProperties(), "", 1)
    same(engine.get_memory_locations()[1].name, "Bridge 2", "edited")
    engine.select_memory_location(2)
    same(engine.get_timeline_selection(pt.TLType_Samples), ("96000", "96000"), "recalled")
    refused(pt.PT_InvalidParameter, engine.select_memory_location, 77)


def exports(engine):
    builder = engine.export_session_as_text()
    builder.include_file_list()
    builder.include_clip_list()
    builder.include_markers()
    builder.include_track_edls()
    text = builder.export_string()
    assert text.startswith("SESSION NAME:\tSöng\nSAMPLE RATE:\t48000.000000\n"), text
    assert "TRACK NAME:\tBass (Stereo)\n" in text, text
    engine.set_timeline_selection("01:00:00:00", out_time="01:00:00:20")
    arguments = dict(
        file_type=pt.EM_WAV,
        sources=[pt.EM_SourceInfo(source_type=pt.EMSType_Output, name="Out 1-2")],
        audio_info=pt.EM_AudioInfo(
            compression_type=pt.CT_PCM, export_format=pt.EF_Interleaved, bit_depth=pt.Bit24,
            sample_rate=pt.SR_48000, pad_to_frame_boundary=pt.TB_False,
            delivery_format=pt.EM_DF_SingleFile),
        video_info=pt.EM_VideoInfo(include_video=pt.TB_False),
        location_info=pt.EM_LocationInfo(
            import_after_bounce=pt.TB_False, file_destination=pt.EM_FD_Directory,
            directory=folder + "/"),
        dolby_atmos_info=pt.EM_DolbyAtmosInfo(),
        offline_bounce=pt.TB_True)
    engine.set_track_solo_state(["Bass"], True)
    engine.export_mix("from python", **arguments)
    with wave.open(os.path.join(folder, "from python.wav")) as file:
        same((file.getnchannels(), file.getframerate(), file.getsampwidth()),
             (2, 48000, 3), "bounce")
        same(file.getnframes(), 38400, "length of the bounce")
        first = int.from_bytes(file.readframes(1)[:3], "little", signed=True)
        same(first, 1 << 19, "only the bass, at 1/16")
    engine.set_track_solo_state(["Bass"], False)
    refused(pt.OS_DuplicateName, engine.export_mix, "from python", **arguments)
    arguments["sources"] = [pt.EM_SourceInfo(source_type=pt.EMSType_Output, name="Nowhere")]
    refused(pt.PT_InvalidParameter, engine.export_mix, "other", **arguments)


def files(engine):
    engine.save_session()
    engine.save_session_as(folder + "/", "Python Copy")
    same(engine.session_name(), "Python Copy", "saved as")
    path = engine.session_path()
    engine.close_session(save_on_close=True)
    refused(pt.PT_NoOpenedSession, engine.session_name)
    engine.open_session(path)
    same([t.name for t in engine.track_list()][-1], "New 2", "what was saved")
    same(len(engine.get_memory_locations()), 2, "markers that were saved")
    with redirect_stdout(io.StringIO()):
        builder = engine.create_session("Python New", folder)
        builder.sample_rate(96000)
        builder.create()
    same(engine.session_sample_rate(), 96000, "created")
    same(list(engine.track_list()), [], "empty")
    refused(pt.PT_NoSelection, engine.group_clips)


with open_engine(company_name="PT-STEM", application_name="tests", address=address) as engine:
    session_info(engine)
    print_tracks(engine)
    for part in (facts, tracks, transport, places, exports, files):
        part(engine)
        print("ok:", part.__name__)
raw = ptsl.Client(company_name="PT-STEM", application_name="second", address=address)
same(raw.run_command(pt.CommandId.Value("CId_GetTrackList"), {})["track_list"], [], "raw client")
raw.close()
print(checks, "checks")
