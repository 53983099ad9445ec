//! Files that change while the program runs: the actor that notices, and what is made of its news.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use pt_stem::app::state::Severity;
use pt_stem::app::{self, Effect, Msg, State, update};
use pt_stem::config::watch::{Reload, follow};
use pt_stem::config::{Config, UserFiles};
use pt_stem::error::Error;
use pt_stem::model::Now;
use pt_stem::model::link::Fault;
use tokio::sync::{Notify, mpsc};

use super::{fs, pairs, told};

fn load(dir: &Path) -> Result<UserFiles, Error> {
    let loaded = Config::load(Some(&dir.join("config.toml")), pairs(&[]))?;
    UserFiles::load(Arc::new(loaded.config), dir, |_| None)
}

struct Desk {
    home: tempfile::TempDir,
    again: Arc<Notify>,
    news: mpsc::Receiver<Reload>,
}

impl Desk {
    /// Watches a configuration folder that need not exist yet.
    fn open() -> Self {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("pt-stem");
        let (told, news) = mpsc::channel(8);
        let again = Arc::new(Notify::new());
        let folders = vec![dir.clone(), dir.join("themes")];
        let now = load(&dir).unwrap();
        let read = Box::new(move || load(&dir));
        tokio::spawn(follow(folders, now, read, Arc::clone(&again), told));
        Self { home, again, news }
    }

    /// Writes as editors do: aside, then over the old one.
    fn write(&self, name: &str, text: &str) {
        let path = self.home.path().join("pt-stem").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let aside = path.with_extension("new");
        fs::write(&aside, text).unwrap();
        fs::rename(aside, path).unwrap();
    }

    async fn next(&mut self) -> Reload {
        let news = tokio::time::timeout(Duration::from_secs(60), self.news.recv()).await;
        news.expect("nothing was noticed").unwrap()
    }

    async fn taken(&mut self) -> (UserFiles, Vec<String>) {
        match self.next().await {
            Reload::Taken { files, changes } => (*files, changes),
            other => panic!("{other:?}"),
        }
    }

    async fn refused(&mut self) -> String {
        match self.next().await {
            Reload::Refused(error) => told(&error),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn changes_are_noticed_and_broken_files_refused() {
    let mut desk = Desk::open();
    // Once looked at, the watch stands.
    desk.again.notify_one();
    assert!(desk.taken().await.1.is_empty());

    desk.write("config.toml", "[ui]\nfps = 12\n");
    let (files, changes) = desk.taken().await;
    assert_eq!(
        (files.config.ui.fps, changes),
        (Some(12), vec!["ui.fps".to_owned()])
    );

    desk.write("config.toml", "[ui]\nfsp = 20\n");
    let told = desk.refused().await;
    for word in [
        "config.toml, line 2, column 1",
        "no key 'fsp'",
        "Did you mean 'fps'?",
    ] {
        assert!(told.contains(word), "{told}");
    }
    desk.write("config.toml", "[ui]\nfps = 12\ntheme = 'mine'\n");
    assert!(desk.refused().await.contains("no theme 'mine'"));
    desk.write("themes/mine.toml", "inherits = 'dark'\n");
    let (_, changes) = desk.taken().await;
    assert_eq!(changes, ["ui.theme"]);
    desk.write("themes/mine.toml", "inherits = 'light'\n");
    assert_eq!(desk.taken().await.1, ["theme mine"]);
    desk.write("keymap.toml", "[global]\nF = \"help\"\n");
    assert_eq!(desk.taken().await.1, ["keys"]);
    desk.write("keymap.toml", "[global]\nF = \"hlep\"\n");
    let told = desk.refused().await;
    assert!(
        told.contains("keymap.toml, line 2") && told.contains("'help'"),
        "{told}"
    );
}

const NOW: Now = Now {
    mono_us: 1_000_000,
    unix_ms: 0,
    offset_s: 0,
};

fn tell(state: &mut State, reload: app::Reload) -> Vec<Effect> {
    update(state, Msg::Reload(reload), NOW)
}

#[test]
fn a_broken_file_leaves_the_old_settings_and_names_the_nearest_key() {
    let mut state = State::default();
    let before = state.config.clone();
    let error = pt_stem::config::Loaded::default()
        .lay_file("[ui]\nfsp = 20\n", "config.toml")
        .unwrap_err();
    tell(&mut state, app::Reload::Refused(Fault::from(error)));
    let toast = state.ui.toast.clone().unwrap();
    assert_eq!(
        (toast.severity, toast.text.as_str()),
        (
            Severity::Error,
            "config.toml, line 2: there is no key 'fsp'. Did you mean 'fps'?"
        )
    );
    assert_eq!(state.config, before);
}

#[test]
fn what_is_taken_holds_at_once_or_is_said_to_wait() {
    let mut state = State::default();
    let dir = tempfile::tempdir().unwrap();
    let old = load(dir.path()).unwrap();
    let text = "[connection]\nhost = 'other'\n[ui]\nmouse = false\n[output]\nroot = 'x'\nrecipe = 'r.toml'\n";
    fs::write(dir.path().join("config.toml"), text).unwrap();
    let files = load(dir.path()).unwrap();
    let changes = files.changes(&old);
    let effects = tell(&mut state, app::Reload::Taken(Box::new(files), changes));
    assert!(effects.contains(&Effect::Mouse(false)));
    assert!(effects.contains(&Effect::LoadRecipe("r.toml".into())));
    assert!(effects.contains(&Effect::ListFiles("x".into())));
    assert_eq!(state.config.connection.host, "other");
    let text = state.ui.toast.unwrap().text;
    assert_eq!(
        text,
        "read again: connection.host, output.root, output.recipe, ui.mouse; \
         from the next start: connection.host"
    );
}
