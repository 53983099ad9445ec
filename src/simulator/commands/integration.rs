//! What ties other programs to Pro Tools: the private API, menu items, video, transcriptions,
//! properties of codecs and of Dolby Atmos. A machine without video engine and renderer says so.

use serde_json::json;

use crate::model::{Now, TrackKind, text};
use crate::ptsl::wire::{
    self, CommandErrorType, CommandId, DynamicPropertyType, MenuArea, PropertyDescriptor,
};

use super::read;
use crate::simulator::answer::{self, Body};
use crate::simulator::world::settings::MenuItem;
use crate::simulator::world::tracks::identity;
use crate::simulator::world::{Failure, Outcome, World};

/// Menu items of all clients.
const MOST_MENU_ITEMS: usize = 256;
/// Bytes of a client's key.
const LONGEST_KEY: usize = 16 * 1024;

fn key(text: &str) -> Outcome<&str> {
    match text.trim() {
        "" => Err(Failure::invalid("The client_key_string is missing.")),
        key if key.len() > LONGEST_KEY => Err(Failure::invalid("The key is too long.")),
        key => Ok(key),
    }
}

/// Only keys that Avid gave out open the private API, and none of them is known here.
fn enable_api(body: &str) -> Outcome<Body> {
    let request: wire::EnableApiRequestBody = read("EnableAPIRequestBody", body)?;
    key(&request.client_key_string)?;
    Ok(Some(json!({ "success": false })))
}

/// A key of the simulator's own: the same for the same client's key.
fn exchange_keys(body: &str) -> Outcome<Body> {
    let request: wire::ExchangePublicKeysRequestBody = read("ExchangePublicKeysRequestBody", body)?;
    let hash = blake3::hash(key(&request.client_key_string)?.as_bytes());
    Ok(Some(json!({ "pt_key_string": hash.to_hex().as_str() })))
}

fn install(world: &mut World, body: &str) -> Outcome<Body> {
    let request: wire::InstallMenuHandlerRequestBody = read("InstallMenuHandlerRequestBody", body)?;
    let info = request
        .menu_info
        .ok_or_else(|| Failure::invalid("The menu_info is missing."))?;
    let label = info
        .menu_label
        .iter()
        .map(|label| label.ui_string.trim())
        .find(|label| !label.is_empty())
        .ok_or_else(|| Failure::invalid("A menu item needs a label."))?;
    let area = match info.menu_area() {
        MenuArea::MAreaUnknown => return Err(Failure::invalid("There is no such menu.")),
        area => area,
    };
    if world.menu_items.len() >= MOST_MENU_ITEMS {
        return Err(Failure::cannot("The menus are full."));
    }
    world.menus_made += 1;
    let id = identity(&[&world.caller, &world.menus_made.to_string(), "menu"]);
    world.menu_items.push(MenuItem {
        id: id.clone(),
        owner: world.caller.clone(),
        area,
        label: text::fit(label, 200),
    });
    Ok(Some(json!({ "menu_item_id": id })))
}

fn uninstall(world: &mut World, body: &str) -> Outcome<Body> {
    let request: wire::UninstallMenuHandlerRequestBody =
        read("UninstallMenuHandlerRequestBody", body)?;
    let caller = world.caller.clone();
    let before = world.menu_items.len();
    world
        .menu_items
        .retain(|item| item.id != request.menu_item_id || item.owner != caller);
    if world.menu_items.len() == before {
        return Err(Failure::invalid("There is no menu item with that id."));
    }
    Ok(None)
}

/// A session with a video track lacks the engine, one without lacks the track.
fn no_video(world: &mut World) -> Failure {
    let session = match world.session() {
        Ok(session) => session,
        Err(failure) => return failure,
    };
    let mut strips = session.strips.iter();
    if strips.any(|strip| strip.track.kind == TrackKind::Video) {
        return Failure::new(
            CommandErrorType::PtNoVideoEngineFound,
            "There is no video engine on this machine.",
        );
    }
    Failure::new(
        CommandErrorType::PtNoVideoTrackFound,
        "The session has no video track.",
    )
}

fn update_video(world: &mut World, body: &str) -> Outcome<Body> {
    let request: wire::UpdateVideoRequestBody = read("UpdateVideoRequestBody", body)?;
    if request.frame_position < 0 {
        return Err(Failure::invalid("A frame cannot be negative."));
    }
    Err(no_video(world))
}

fn cue_pro(body: &str) -> Outcome<Body> {
    read::<wire::EnableCueProVideoPlugInRequestBody>("EnableCueProVideoPlugInRequestBody", body)?;
    Err(Failure::new(
        CommandErrorType::PtNoVideoEngineFound,
        "The Cue Pro video plug-in needs a video engine, and there is none on this machine.",
    ))
}

/// What ExportMix may be told of codecs (none without a video engine) and of Dolby Atmos.
fn properties(body: &str) -> Outcome<Body> {
    let request: wire::GetDynamicPropertiesRequestBody =
        read("GetDynamicPropertiesRequestBody", body)?;
    let group_list = match request.property_type() {
        DynamicPropertyType::DpTypeUnknown => {
            return Err(Failure::invalid("The property_type is missing."));
        }
        DynamicPropertyType::DpEmCodecInfo => Vec::new(),
        DynamicPropertyType::DpEmDolbyAtmosInfo => vec![atmos()],
    };
    answer::body(
        "GetDynamicPropertiesResponseBody",
        &wire::GetDynamicPropertiesResponseBody {
            property_type: request.property_type,
            group_list,
        },
    )
}

/// The fields of EM_DolbyAtmosInfo.
fn atmos() -> wire::GetDynamicPropertiesGroup {
    let property = |name: &str, kind: wire::DpValueTypes, description: &str| PropertyDescriptor {
        name: name.to_owned(),
        value_type: kind as i32,
        description: description.to_owned(),
        ..Default::default()
    };
    wire::GetDynamicPropertiesGroup {
        key_list: Vec::new(),
        property_list: vec![
            property(
                "add_first_frame_of_action",
                wire::DpValueTypes::DpVtBool,
                "Whether the file names its first frame of action.",
            ),
            property(
                "timecode_value",
                wire::DpValueTypes::DpVtString,
                "That frame as timecode.",
            ),
            property(
                "frame_rate",
                wire::DpValueTypes::DpVtInt32,
                "Frames a second of that timecode.",
            ),
        ],
    }
}

/// Commands of this room, `None` for all others.
pub fn answer(
    world: &mut World,
    command: CommandId,
    body: &str,
    _now: Now,
) -> Option<Outcome<Body>> {
    Some(match command {
        CommandId::CIdEnableApi => enable_api(body),
        CommandId::CIdExchangePublicKeys => exchange_keys(body),
        CommandId::CIdInstallMenuHandler => install(world, body),
        CommandId::CIdUninstallMenuHandler => uninstall(world, body),
        CommandId::CIdUpdateVideo => update_video(world, body),
        CommandId::CIdEnableCueProVideoPlugIn => cue_pro(body),
        CommandId::CIdWriteSelectedTranscriptionToJsonFile => {
            let open = world.session().map(|_| ());
            open.and(Err(Failure::cannot(
                "No clip of the selection has a transcription.",
            )))
        }
        CommandId::GetDynamicProperties => {
            let open = world.session().map(|_| ());
            open.and_then(|()| properties(body))
        }
        _ => return None,
    })
}
