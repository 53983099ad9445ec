//! What was typed. Shapes and help texts only; what it means is decided in `run`.

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand};

pub use super::config_args::{ConfigCommand, SchemaArg};
pub use super::lint_args::LintArgs;
pub use super::recipe_args::{DiffArgs, InitArgs, SnapshotArgs};
pub use super::service_args::{ServeArgs, ServiceCommand, ServiceFile};
pub use super::word_args::{EngineArg, FormatArg, MeasureArg, OnExistingArg, WayArg};

/// Prints stems from Pro Tools, or without it, and proves that their sum is the mix.
///
/// Without a command the terminal interface opens. `pt-stem --demo` needs no Pro Tools.
#[derive(Debug, Parser)]
#[command(
    name = "pt-stem",
    version,
    propagate_version = true,
    max_term_width = 100
)]
#[command(
    after_help = "Exit codes: 0 done; 1 a job or a check failed; 2 usage, configuration or \
recipe; 3 not connected; 4 Pro Tools refused; 5 no session open; 130 interrupted."
)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Everywhere")]
pub struct Global {
    /// Machine that Pro Tools listens on [default: localhost]
    #[arg(long, global = true, value_name = "HOST")]
    pub host: Option<String>,
    /// Port that Pro Tools listens on [default: 31416]
    #[arg(long, global = true, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub port: Option<u16>,
    /// Seconds that an ordinary command of Pro Tools may take [default: 10]
    #[arg(long, global = true, value_name = "SECONDS")]
    pub timeout: Option<f64>,
    /// Work on a built-in session in the embedded simulator; no Pro Tools is touched. `demo` (the
    /// default) is dry: its stems add up. `routing` has reverbs on sends, folders, a VCA and a
    /// limiter: what makes stems go wrong
    #[arg(long, global = true, value_name = "NAME", num_args = 0..=1, require_equals = true,
          default_missing_value = "demo", conflicts_with_all = ["open", "host", "port"])]
    pub demo: Option<String>,
    /// Open a session folder, a plain folder of audio files, or Pro Tools' session info as text
    /// (FILE.txt), in the embedded simulator
    #[arg(long, global = true, value_name = "PATH", conflicts_with_all = ["host", "port"])]
    pub open: Option<PathBuf>,
    /// Folder with the audio that the opened text names, at any depth
    #[arg(long, global = true, value_name = "DIR")]
    pub audio: Option<PathBuf>,
    /// Let the clips of missing audio be silence
    #[arg(long, global = true)]
    pub allow_missing: bool,
    /// Configuration file instead of the usual one
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Machine-readable results on stdout
    #[arg(long, global = true)]
    pub json: bool,
    /// More in the log; twice for everything
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,
    /// Theme of the terminal interface: a built-in one, or yours in themes/ (see `pt-stem themes`)
    #[arg(long, global = true, value_name = "THEME")]
    pub theme: Option<String>,
    /// Colours of the terminal interface, whatever the terminal and NO_COLOR say
    #[arg(long, global = true, value_name = "DEPTH",
          value_parser = ["auto", "truecolor", "256", "16", "mono"])]
    pub color: Option<String>,
    /// Interface without a full screen: one sentence a line, numbered choices, for screen readers
    #[arg(long, global = true)]
    pub plain: bool,
    /// Faults of the embedded simulator (TOML)
    #[arg(long, global = true, value_name = "FILE")]
    pub faults: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Connection, session, transport and jobs
    Status {
        /// Go on, one line (or JSON object) whenever something changes
        #[arg(long)]
        watch: bool,
    },
    /// Details of the open session
    Session,
    /// List tracks, or change their switches
    Tracks {
        #[command(subcommand)]
        command: Option<TracksCommand>,
    },
    /// Play, stop, record, or tell the state
    Transport {
        #[command(subcommand)]
        command: TransportCommand,
    },
    /// Plan, print and verify stems
    Stems {
        #[command(subcommand)]
        command: StemsCommand,
    },
    /// Hold any folder of audio against a delivery preset, or the rules of the house
    Lint(LintArgs),
    /// List the delivery presets, or show one with its sources
    Presets { id: Option<String> },
    /// One mix of some tracks, or of a time range
    Export(ExportArgs),
    /// The queue of jobs, kept over restarts
    Jobs {
        #[command(subcommand)]
        command: Option<JobsCommand>,
    },
    /// Put back what an interrupted bounce left changed
    Rescue,
    /// Generated files
    Files {
        /// Folder [default: the configured output root]
        dir: Option<PathBuf>,
    },
    /// Serve the application over HTTP: REST, WebSocket, a page to watch, metrics
    Serve(ServeArgs),
    /// The log
    Logs {
        /// Go on as the log grows, over midnight too
        #[arg(short, long)]
        follow: bool,
        /// Lines to begin with
        #[arg(short = 'n', long, value_name = "N", default_value_t = 50)]
        lines: usize,
    },
    /// Files that make `serve` a service of this machine
    Service {
        #[command(subcommand)]
        command: ServiceCommand,
    },
    /// The token that clients of `serve` need from beyond this machine: makes one, once
    Token {
        /// Print the one that is there
        #[arg(long)]
        show: bool,
        /// Make another one; the one that is there is worth nothing any more
        #[arg(long, conflicts_with = "show")]
        new: bool,
    },
    /// Be a Pro Tools: serve PTSL without one
    #[command(after_long_help = include_str!("simulate_help.txt"))]
    Simulate(SimulateArgs),
    /// Run any action by the name that keys and `:` use
    Do {
        /// Name of the action (see `pt-stem keys`)
        action: String,
        /// Its arguments
        arguments: Vec<String>,
    },
    /// Send any PTSL command and print its JSON answer
    Call {
        /// Name, such as GetTrackList
        #[arg(required_unless_present = "list")]
        command: Option<String>,
        /// JSON body, or - to read it from stdin
        body: Option<String>,
        /// List the commands with the fields of their requests; with a name, everything about one
        #[arg(long, conflicts_with_all = ["body", "raw"])]
        list: bool,
        /// Send the body as it is, without checking its fields and words
        #[arg(long)]
        raw: bool,
    },
    /// Check the set-up and say what to do
    Doctor,
    /// Show, locate or start a configuration file
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// All keys and actions
    Keys {
        /// As a table in Markdown
        #[arg(long)]
        markdown: bool,
    },
    /// List the themes, or print a built-in one to start your own from
    Themes {
        /// Built-in theme
        name: Option<String>,
    },
    /// JSON Schema of a file, for editors and checks
    Schema {
        /// Which file
        #[arg(value_enum)]
        of: SchemaArg,
    },
    /// Completions for a shell, on stdout
    Completions { shell: clap_complete::Shell },
    /// The manual page, on stdout
    Man,
    /// Licences of everything inside this program
    Licenses,
}

#[derive(Debug, Subcommand)]
pub enum TracksCommand {
    /// List the tracks
    List,
    /// Mute tracks
    Mute(Names),
    /// Unmute tracks
    Unmute(Names),
    /// Solo tracks
    Solo(Names),
    /// Unsolo tracks
    Unsolo(Names),
    /// Record-arm tracks
    Arm(Names),
    /// Disarm tracks
    Disarm(Names),
}

#[derive(Debug, Args)]
pub struct Names {
    /// Names of tracks, to the letter
    #[arg(required = true, value_name = "NAME")]
    pub names: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Subcommand)]
pub enum TransportCommand {
    /// Start playing
    Play,
    /// Stop; not an error when it stands
    Stop,
    /// Start recording on the armed tracks
    Record,
    /// State and position
    Status,
}

#[derive(Debug, Subcommand)]
pub enum StemsCommand {
    /// What would be printed: files, coverage, findings. Changes nothing
    Plan(PrintArgs),
    /// Print the stems
    Print(PrintArgs),
    /// Write a recipe for the open session: its folders become stems
    Init(InitArgs),
    /// What of a recipe and the open session does not match
    Diff(DiffArgs),
    /// Store what is heard now, by solo and mute, as a stem of a recipe
    Snapshot(SnapshotArgs),
    /// Check a printed set: checksums, lengths, silence, sum
    Verify {
        /// Folder with the stems
        dir: PathBuf,
        /// The mix that they should sum to
        #[arg(long, value_name = "FILE")]
        mix: Option<PathBuf>,
    },
    /// Check a printed set and tell people about it: files, sum, numbers, waveforms
    #[command(group(clap::ArgGroup::new("as").required(true).multiple(true)))]
    Report {
        /// Folder with the stems and their manifest
        dir: PathBuf,
        /// Write one page that needs nothing else
        #[arg(long, value_name = "FILE", group = "as")]
        html: Option<PathBuf>,
        /// Write Markdown [default: to stdout]
        #[arg(long, value_name = "FILE", num_args = 0..=1, group = "as")]
        markdown: Option<Option<PathBuf>>,
    },
}

#[derive(Debug, Clone, Args)]
pub struct PrintArgs {
    /// Recipe (TOML) [default: the session's own stems]
    #[arg(conflicts_with = "stem")]
    pub recipe: Option<PathBuf>,
    /// A stem on the spot; names or globs; several times for several stems
    #[arg(long, value_name = "NAME=TRACK,TRACK…")]
    pub stem: Vec<String>,
    /// Print only these stems of the recipe
    #[arg(long, value_name = "NAME")]
    pub only: Vec<String>,
    /// Folder for the files [default: the recipe's root]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Who makes the files
    #[arg(long, value_enum, default_value_t)]
    pub engine: EngineArg,
    /// What to do with files that are there already
    #[arg(long, value_enum)]
    pub on_existing: Option<OnExistingArg>,
    /// Let tracks be in no stem
    #[arg(long)]
    pub allow_orphans: bool,
    /// File name pattern, such as {session}_{stem}
    #[arg(long, value_name = "PATTERN")]
    pub file: Option<String>,
    /// 16, 24, or 32 for float
    #[arg(long, value_name = "N", value_parser = ["16", "24", "32"])]
    pub bits: Option<String>,
    /// Sample rate of the files in Hz, 44100 to 192000 [default: the session's]
    #[arg(long, value_name = "R")]
    pub rate: Option<u32>,
    /// Container
    #[arg(long, value_enum)]
    pub format: Option<FormatArg>,
    /// session, selection, IN..OUT (timecode), or marker:A..marker:B
    #[arg(long, value_name = "R")]
    pub range: Option<String>,
    /// What is measured of each file
    #[arg(long, value_enum)]
    pub measure: Option<MeasureArg>,
    /// Delivery preset (see `pt-stem presets`): fills what is not set otherwise
    #[arg(long, value_name = "ID")]
    pub preset: Option<String>,
    /// Print the mix too
    #[arg(long)]
    pub mix: bool,
    /// A mono file for each channel, name.L.wav and name.R.wav
    #[arg(long)]
    pub split: bool,
    /// How a bounce prints every stem [default: as the recipe says, else solo]
    #[arg(long, value_enum)]
    pub way: Option<WayArg>,
    /// Aux returns that sound in every stem, names or globs; solo-safe while the job runs
    #[arg(long, value_name = "A,B…", value_delimiter = ',')]
    pub returns: Vec<String>,
    /// Give tracks that share a name names of their own while a bounce runs
    #[arg(long)]
    pub rename_duplicates: bool,
}

#[derive(Debug, Clone, Args)]
pub struct ExportArgs {
    /// File to write
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Tracks, names or globs [default: everything audible that is not ignored]
    #[arg(long, value_name = "A,B…", value_delimiter = ',')]
    pub tracks: Vec<String>,
    /// session, selection, IN..OUT (timecode), or marker:A..marker:B
    #[arg(long, value_name = "IN..OUT")]
    pub range: Option<String>,
    /// Who makes the file
    #[arg(long, value_enum, default_value_t)]
    pub engine: EngineArg,
    /// 16, 24, or 32 for float
    #[arg(long, value_name = "N", value_parser = ["16", "24", "32"])]
    pub bits: Option<String>,
    /// What to do with a file that is there already
    #[arg(long, value_enum)]
    pub on_existing: Option<OnExistingArg>,
    /// What is measured of the file
    #[arg(long, value_enum)]
    pub measure: Option<MeasureArg>,
}

#[derive(Debug, Subcommand)]
pub enum JobsCommand {
    /// List the jobs
    List,
    /// Everything about one job
    Show { id: u32 },
    /// Cancel a job
    Cancel { id: u32 },
    /// Queue an ended job again
    Retry { id: u32 },
}

#[derive(Debug, Args)]
pub struct SimulateArgs {
    /// Address to listen on [default: 127.0.0.1:31416 and [::1]:31416]
    #[arg(long, value_name = "ADDR")]
    pub bind: Option<std::net::SocketAddr>,
    /// PTSL version to be: 1, 3, 4, 5, 2025.6 or 2025.10 [default: 2025.10]
    #[arg(long, value_name = "VERSION")]
    pub api: Option<String>,
    /// Print a faults file with everything in it, and end
    #[arg(long)]
    pub print_faults: bool,
    /// Let clients change the faults, dismiss dialogs and so on by a private command
    #[arg(long)]
    pub allow_control: bool,
    /// Let --bind name an address that other machines can reach
    #[arg(long, requires = "root")]
    pub allow_remote: bool,
    /// The only folder that clients may write to and read from; opened sessions are copied into it
    #[arg(long, value_name = "DIR")]
    pub root: Option<PathBuf>,
}
