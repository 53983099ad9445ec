//! How answers look on servers of other versions: the family of enum names, pages, paths.

use serde_json::{Map, Value};

use crate::ptsl::names::{self, Family};
use crate::ptsl::wire::{self, CommandId};

use super::Api;
use super::numbers::walk;

/// An answer of the newest version as another one gives it.
pub fn answer(command: CommandId, body: &mut Value, api: Api, asked: (i32, i32, i32)) {
    let family = api.family(asked);
    let (_, message) = wire::bodies(command);
    if let (Some(message), true) = (message, family != Family::Middle) {
        walk(&message, body, &mut |enum_name, value| {
            rename(enum_name, value, family)
        });
    }
    let Value::Object(fields) = body else { return };
    if api == Api::V1 {
        fields.remove("pagination_response");
        empty_list(fields);
    }
    if api <= Api::V3 && command == CommandId::GetSessionPath {
        colons(fields);
    }
}

fn rename(enum_name: &str, value: &mut Value, family: Family) -> bool {
    let Value::String(name) = &*value else {
        return false;
    };
    // The names that the old servers used stand beside wrong numbers.
    let new = if enum_name == "RecordMode" {
        match family {
            Family::Old => name.replacen("RMode_", "RM_", 1),
            _ => return false,
        }
    } else {
        match names::number_of(enum_name, name) {
            Some(number) => names::name_for(enum_name, number, family),
            None => return false,
        }
    };
    *value = Value::String(new);
    true
}

/// A list without tracks came as an object.
fn empty_list(fields: &mut Map<String, Value>) {
    if let Some(list) = fields.get_mut("track_list")
        && list.as_array().is_some_and(Vec::is_empty)
    {
        *list = Value::Object(Map::new());
    }
}

/// `/Users/a/b` as `Macintosh HD:Users:a:b`, `/Volumes/X/y` as `X:y`.
fn colons(fields: &mut Map<String, Value>) {
    let Some(path) = fields
        .get_mut("session_path")
        .and_then(|p| p.get_mut("path"))
    else {
        return;
    };
    let Some(rest) = path.as_str().and_then(|path| path.strip_prefix('/')) else {
        return;
    };
    let form = match rest.strip_prefix("Volumes/") {
        Some(volume) => volume.replace('/', ":"),
        None => format!("Macintosh HD:{}", rest.replace('/', ":")),
    };
    *path = Value::String(form);
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn answers_speak_the_family_of_their_version() {
        let list = json!({ "track_list": [{ "type": "TT_Audio", "format": "TF_Mono",
            "track_attributes": { "is_hidden": "None", "is_muted": true } }],
            "stats": { "total": 1 }, "pagination_response": { "total": 1 } });
        for (api, asked, kind, hidden, format) in [
            (Api::V1, 1, "AudioTrack", "None", "TF_Mono"),
            (Api::V5, 5, "AudioTrack", "None", "TF_Mono"),
            (Api::V2025_6, 5, "TT_Audio", "None", "TF_Mono"),
            (Api::V2025_10, 2025, "TT_Audio", "None", "TF_Mono"),
            (
                Api::V2025_10,
                2026,
                "TType_Audio",
                "TAState_None",
                "TFormat_Mono",
            ),
        ] {
            let mut body = list.clone();
            answer(CommandId::GetTrackList, &mut body, api, (asked, 0, 0));
            let track = &body["track_list"][0];
            assert_eq!(track["type"], kind, "{api} {asked}");
            assert_eq!(track["format"], format);
            assert_eq!(track["track_attributes"]["is_hidden"], hidden);
            assert_eq!(track["track_attributes"]["is_muted"], true);
            assert_eq!(body.get("pagination_response").is_none(), api == Api::V1);
        }
    }

    #[test]
    fn the_oldest_servers_have_forms_of_their_own() {
        let mut body = json!({ "track_list": [] });
        answer(CommandId::GetTrackList, &mut body, Api::V1, (1, 0, 0));
        assert_eq!(body, json!({ "track_list": {} }));
        for (path, form) in [
            ("/Users/a/b.ptx", "Macintosh HD:Users:a:b.ptx"),
            ("/Volumes/X/b.ptx", "X:b.ptx"),
            ("C:\\a\\b.ptx", "C:\\a\\b.ptx"),
        ] {
            let body = json!({ "session_path": { "path": path } });
            for (api, wanted) in [(Api::V1, form), (Api::V3, form), (Api::V4, path)] {
                let mut body = body.clone();
                answer(CommandId::GetSessionPath, &mut body, api, (1, 0, 0));
                assert_eq!(body["session_path"]["path"], wanted, "{api}");
            }
        }
        let mut body = json!({ "current_setting": "RMode_Loop" });
        answer(CommandId::GetRecordMode, &mut body, Api::V4, (4, 0, 0));
        assert_eq!(body["current_setting"], "RM_Loop");
    }
}
