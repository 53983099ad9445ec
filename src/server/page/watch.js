"use strict";
const $ = (id) => document.getElementById(id);
/* Text goes in as text, never as markup: names come from other people's sessions. */
function make(tag, properties, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children.filter((child) => child !== null && child !== ""));
  return node;
}
function say(node, text) { if (node.textContent !== text) node.textContent = text; }

/* The token: of the address once, then of this tab. */
const KEY = "pt-stem-token";
const given = new URLSearchParams(location.hash.slice(1)).get("token");
if (given) {
  sessionStorage.setItem(KEY, given);
  history.replaceState(null, "", location.pathname);
}
const token = () => sessionStorage.getItem(KEY) || "";

async function ask(method, path, body) {
  const headers = {};
  if (token()) headers.Authorization = "Bearer " + token();
  if (body) headers["Content-Type"] = "application/json";
  const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
  const value = await answer.json().catch(() => ({}));
  if (answer.status === 401) needToken();
  if (!answer.ok) throw new Error(value.message || "the server answered " + answer.status);
  return value;
}

/* The state, kept by patches. */
let state = null;
let log = [];
let seq = null;
let heardAt = 0;

function apply(patch) {
  for (const { op, path, value } of patch) {
    const keys = path.split("/").slice(1).map((key) => key.replace(/~1/g, "/").replace(/~0/g, "~"));
    const last = keys.pop();
    const at = keys.reduce((node, key) => node[key], state);
    if (Array.isArray(at)) {
      const index = last === "-" ? at.length : Number(last);
      at.splice(index, op === "add" ? 0 : 1, ...(op === "remove" ? [] : [value]));
    } else if (op === "remove") delete at[last];
    else at[last] = value;
  }
}

function hear(message) {
  const { type, data } = message;
  if (message.seq > seq) seq = message.seq;
  if (type === "status" && data.state) {
    state = data.state;
    log = data.log || [];
    heardAt = performance.now();
    show(["connection", "session", "transport", "jobs", "open_leases", "log"]);
  } else if (data.patch) {
    apply(data.patch);
    const sections = new Set(data.patch.map((step) => step.path.split("/")[1]));
    if (sections.has("transport")) heardAt = performance.now();
    show([...sections]);
  } else if (type === "log") {
    log = [...log, data].slice(-200);
    show(["log"]);
  } else if (type === "complete" || (type === "error" && data.id !== undefined)) {
    say($("news"), `Job ${data.id}, ${data.title}: ${verdict(data)[1]}`);
    listFiles();
  }
}

/* The socket. */
let socket = null;
let tries = 0;
let timer = 0;

function connect() {
  clearTimeout(timer);
  const words = new URLSearchParams({ topics: "connection,session,transport,jobs,open_leases,log" });
  if (seq !== null && state) words.set("since", seq);
  if (token()) words.set("token", token());
  const base = location.protocol === "https:" ? "wss://" : "ws://";
  lineIs("…", "connecting to the server");
  const opened = new WebSocket(`${base}${location.host}/ws?${words}`);
  let stood = false;
  socket = opened;
  opened.onmessage = (event) => {
    stood = true;
    tries = 0;
    $("banner").hidden = true;
    try { hear(JSON.parse(event.data)); } catch (error) { seq = null; opened.close(); return; }
    line();
  };
  opened.onclose = (event) => {
    if (socket === opened) lost(event.reason, stood);
  };
}

async function lost(reason, stood) {
  socket = null;
  enable();
  /* A browser does not say why it was refused: another request does. */
  const refused = !stood && await ask("GET", "/api/v1/connection/status").then(() => "", (error) => error.message);
  if ($("door").open) return;
  tries += 1;
  let left = Math.round(Math.min(30, 2 ** (tries - 1)) * (0.75 + Math.random() / 2)) || 1;
  const why = reason || (refused && refused !== "Failed to fetch" ? refused : "");
  lineIs("✗", "not connected to the server", "bad");
  const count = () => {
    say($("banner-text"), `The server does not answer${why ? " (" + why + ")" : ""}. What you see is old. Trying again in ${left} s.`);
    $("banner").hidden = false;
    if (left <= 0) connect();
    else { left -= 1; timer = setTimeout(count, 1000); }
  };
  count();
}

function needToken() {
  if ($("door").open) return;
  clearTimeout(timer);
  if (token()) say($("door-text"), "That token is not the right one. On the studio machine, pt-stem token shows it.");
  sessionStorage.removeItem(KEY);
  $("banner").hidden = true;
  lineIs("✗", "a token is needed", "bad");
  $("door").showModal();
}
$("door").addEventListener("cancel", (event) => event.preventDefault());
$("door-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const typed = $("token").value.trim();
  if (!typed) return;
  sessionStorage.setItem(KEY, typed);
  $("token").value = "";
  $("door").close();
  connect();
  listFiles();
});
$("again").onclick = () => { tries = 0; connect(); };
addEventListener("online", () => { if (!socket && !$("door").open) connect(); });
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && !socket && !$("door").open) { tries = 0; connect(); }
});

/* Showing. */
const PHASES = {
  linked: ["✓", "connected to Pro Tools", "good"],
  no_session: ["○", "connected, no session is open", "warn"],
  stale: ["~", "Pro Tools is slow to answer", "warn"],
  blocked: ["!", "Pro Tools shows a dialog", "warn"],
  connecting: ["…", "connecting to Pro Tools", ""],
  waiting: ["✗", "Pro Tools does not answer, it is tried again", "bad"],
  offline: ["–", "disconnected from Pro Tools", "bad"],
};
const phase = () => PHASES[state.connection.state] || ["?", state.connection.state, "warn"];

function lineIs(mark, text, kind = "") {
  const shown = [...$("line").children].map((child) => child.textContent).join("");
  if (shown === mark + text) return;
  $("line").replaceChildren(
    make("span", { className: "mark " + kind, ariaHidden: "true" }, mark), make("span", {}, text));
}
function line() {
  const [mark, text, kind] = phase();
  lineIs(mark, "live, " + text, kind);
}
function facts(list, rows) {
  list.replaceChildren(...rows.filter((row) => row[1] !== null && row[1] !== "").flatMap(([name, value]) =>
    [make("dt", {}, name), make("dd", {}, String(value))]));
}

const SHOW = {
  connection() {
    const { address, ptsl_version, is_simulated, held_by } = state.connection;
    facts($("connection"), [
      ["Pro Tools", phase().slice(0, 2).join(" ")],
      ["Address", address],
      ["PTSL", ptsl_version],
      ["Simulated", is_simulated ? "yes" : ""],
      ["Held by", held_by === null ? "" : "process " + held_by],
    ]);
    line();
  },
  session() {
    const session = state.session;
    document.title = session ? session.session_name + " · PT-STEM" : "PT-STEM";
    if (!session) {
      $("session").replaceChildren(make("p", { className: "soft" }, "No session is open."));
      return;
    }
    const list = make("dl", {});
    const chosen = session.selection;
    facts(list, [
      ["Rate", `${session.sample_rate / 1000} kHz, ${session.bit_depth === 32 ? "32-bit float" : session.bit_depth + "-bit"}`],
      ["Timecode", `${session.timecode_rate}, from ${session.start_timecode}`],
      ["Length", session.duration === null ? "" : span(session.duration)],
      ["Tracks", session.track_count],
      ["Selection", chosen && chosen.in !== chosen.out ? `${chosen.in} to ${chosen.out}` : ""],
    ]);
    $("session").replaceChildren(make("h3", { className: "name" }, session.session_name), list);
  },
  transport: tick,
  jobs() { showJobs(); tick(); },
  open_leases() {
    const left = state.open_leases;
    $("leases").hidden = !left;
    say($("leases-text"), left === 1
      ? "An interrupted print left its session changed: solo and mute are not as they were."
      : `Interrupted prints left ${left} sessions changed: solo and mute are not as they were.`);
  },
  log() {
    const list = $("log");
    const follows = list.scrollTop + list.clientHeight >= list.scrollHeight - 4;
    $("no-log").hidden = log.length > 0;
    list.hidden = log.length === 0;
    const marks = { info: ["·", ""], ok: ["✓", "good"], warning: ["!", "warn"], error: ["✗", "bad"] };
    list.replaceChildren(...log.map((row) => {
      const [mark, kind] = marks[row.severity] || marks.info;
      return make("li", {},
        make("time", { className: "soft" }, new Date(row.unix_ms).toLocaleTimeString([], { hour12: false })),
        make("span", { className: "mark " + kind }, make("span", { ariaHidden: "true" }, mark), make("span", { className: "hush" }, row.severity)),
        make("span", {}, row.text));
    }));
    if (follows) list.scrollTop = list.scrollHeight;
  },
};
function show(sections) {
  for (const section of sections) if (SHOW[section]) SHOW[section]();
  enable();
}
function enable() {
  const live = socket !== null && state !== null && state.connection.connected && state.transport !== null;
  const held = document.activeElement;
  $("play").disabled = !live || state.transport.is_playing || bounces();
  $("stop").disabled = !live || !state.transport.is_playing;
  /* Whoever works with keys goes on at the other button. */
  for (const [one, other] of [[$("play"), $("stop")], [$("stop"), $("play")]]) {
    if (held === one && one.disabled && !other.disabled) other.focus();
  }
  $("rescue").disabled = !live || bounces();
  for (const { parts } of rows.values()) parts.cancel.disabled = socket === null;
}

/* Pro Tools tells no running position: between its words the clock is ours. */
const WORDS = { stopped: "■ stopped", playing: "▶ playing", recording: "● recording", paused: "‖ paused" };
const calm = matchMedia("(prefers-reduced-motion: reduce)");
/* A frame and a timer may have the same number: each is stopped as what it is. */
let stopDrawing = () => {};
function tick() {
  stopDrawing();
  const transport = state && state.transport;
  if (!transport || !state.session) {
    say($("clock"), "--:--:--:--");
    say($("transport-state"), "no session");
    return;
  }
  const runs = transport.is_playing;
  const passed = runs ? (performance.now() - heardAt) / 1000 : 0;
  say($("clock"), runs ? timecode(transport.position + passed) : transport.timecode);
  const about = transport.position_is_estimate ? ", position estimated" : "";
  const taken = bounces() ? ", a bounce has Pro Tools to itself" : "";
  say($("transport-state"), (WORDS[transport.state] || transport.state) + (transport.is_record_armed ? ", record armed" : "") + about + taken);
  if (!runs) return;
  const [draw, stop] = calm.matches
    ? [(then) => setTimeout(then, 1000), clearTimeout] : [requestAnimationFrame, cancelAnimationFrame];
  const next = draw(tick);
  stopDrawing = () => stop(next);
}
function ruler() {
  const [text, df] = state.session.timecode_rate.split(" ");
  const nominal = Math.round(Number(text));
  const exact = Number.isInteger(Number(text)) ? nominal : nominal / 1.001;
  return { nominal, exact, drop: df ? nominal / 15 : 0 };
}
function timecode(seconds) {
  const { nominal, exact, drop } = ruler();
  const [h, m, s, f] = state.session.start_timecode.split(/[:;]/).map(Number);
  const minutes = h * 60 + m;
  let frame = (minutes * 60 + s) * nominal + f - drop * (minutes - Math.floor(minutes / 10));
  frame += Math.floor(seconds * exact + 1e-6);
  if (drop) {
    const ten = nominal * 600 - 9 * drop;
    const rest = frame % ten;
    const gone = rest < nominal * 60 ? 0 : 1 + Math.floor((rest - nominal * 60) / (nominal * 60 - drop));
    frame += drop * (9 * Math.floor(frame / ten) + gone);
  }
  const two = (number) => String(number).padStart(2, "0");
  const all = Math.floor(frame / nominal);
  return [Math.floor(all / 3600) % 24, Math.floor(all / 60) % 60, all % 60].map(two).join(":")
    + (drop ? ";" : ":") + String(frame % nominal).padStart(nominal > 100 ? 3 : 2, "0");
}
let asking = false;
for (const name of ["play", "stop"]) {
  $(name).onclick = async () => {
    if (asking) return;
    asking = true;
    say($("transport-error"), "");
    try { await ask("POST", "/api/v1/transport/" + name, {}); } catch (error) {
      say($("transport-error"), `${name}: ${error.message}`);
    }
    asking = false;
  };
}

/* Jobs: rows stay where they are, so that the focus does. */
const OVER = ["done", "failed", "cancelled", "interrupted"];
const bounces = () => state.jobs.some((job) => job.engine === "bounce" && ["running", "verifying"].includes(job.state));
let few = true;
const rows = new Map();
function span(seconds) {
  const all = Math.max(0, Math.round(seconds));
  const [h, m, s] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60];
  return h ? `${h} h ${m} min` : m ? `${m} min ${s} s` : `${s} s`;
}
function verdict(job) {
  if (job.state === "failed") return ["✗", "failed", "bad"];
  if (job.state === "cancelled") return ["–", "cancelled", "soft"];
  if (job.state === "interrupted") return ["!", "interrupted", "warn"];
  if (job.verdict === "pass") return ["✓", "done, the stems are the mix", "good"];
  if (job.verdict === "fail") return ["✗", "done, but the stems are not the mix", "bad"];
  return ["✓", "done, sum not checked", ""];
}
/* Where a job that is not over stands. Nobody can say how long a dialog waits for its answer. */
function standing(job) {
  if (job.is_cancelling) return ["…", "cancelling, the session is put back", "warn"];
  if (job.items.some((item) => item.stage === "dialog")) {
    return ["!", "Pro Tools shows a dialog, the job goes on when it is answered there", "warn"];
  }
  return STATES[job.state] || ["?", job.state];
}
const STATES = { queued: ["○", "waiting"], paused: ["‖", "paused"], running: ["▶", "printing"], verifying: ["≡", "verifying"] };
function jobRow(job) {
  const row = { parts: {} };
  const part = (name, node) => (row.parts[name] = node);
  row.node = make("li", {},
    make("div", { className: "apart" },
      part("title", make("h3", {})),
      make("div", { className: "row tight" },
        part("open", make("button", { className: "plain", type: "button", onclick: () => openFiles(row.job) }, "Files")),
        part("cancel", make("button", { className: "plain", type: "button", onclick: () => cancel(row.job) }, "Cancel")))),
    make("p", {}, part("mark", make("span", { className: "mark", ariaHidden: "true" })), part("state", make("span", {}))),
    part("bar", make("progress", { max: 100 })),
    part("files", make("p", { className: "small soft" })),
    part("why", make("p", { className: "small" })));
  row.parts.bar.setAttribute("aria-label", "Progress of job " + job.id);
  row.parts.open.setAttribute("aria-label", `Files of job ${job.id}, ${job.title}`);
  row.parts.cancel.setAttribute("aria-label", `Cancel job ${job.id}, ${job.title}`);
  rows.set(job.id, row);
  return row;
}
function showJob(job) {
  const row = rows.get(job.id) || jobRow(job);
  const { title, cancel, open, mark, state: word, bar, files, why } = row.parts;
  const over = OVER.includes(job.state);
  row.job = job;
  say(title, `${job.id} · ${job.title}`);
  const [sign, text, kind = ""] = over ? verdict(job) : standing(job);
  mark.className = "mark " + kind;
  say(mark, sign);
  const left = job.estimated_time_remaining;
  const ended = over && job.ended_ms && job.started_ms ? `, took ${span((job.ended_ms - job.started_ms) / 1000)}` : "";
  const begun = !over && job.state !== "queued";
  say(word, text + ended + (begun && !job.is_cancelling ? `, ${Math.floor(job.progress)} %` : "")
    + (begun && left !== null && job.state !== "paused" ? `, about ${span(left)} left` : ""));
  bar.hidden = !begun;
  bar.value = job.progress;
  cancel.hidden = over || job.is_cancelling;
  open.hidden = !job.items.some((item) => item.stage === "done");
  const done = job.items.filter((item) => item.stage === "done").length;
  const now = job.items.filter((item) => ["printing", "dialog", "verifying"].includes(item.stage));
  const names = now.slice(0, 3).map((item) => item.name).join(", ");
  say(files, `${done} of ${job.items.length} files` + (names ? ", now " + names + (now.length > 3 ? " …" : "") : ""));
  say(why, job.error ? [job.error.message, ...job.error.hints].join(". ") : "");
  return row.node;
}
function showJobs() {
  const open = state.jobs.filter((job) => !OVER.includes(job.state)).sort((a, b) => a.created_ms - b.created_ms);
  const over = state.jobs.filter((job) => OVER.includes(job.state));
  const shown = [...open, ...(few ? over.slice(0, 5) : over.slice(0, 200))];
  $("no-jobs").hidden = shown.length > 0;
  const nodes = shown.map(showJob);
  const list = $("job-list");
  nodes.forEach((node, at) => { if (list.children[at] !== node) list.insertBefore(node, list.children[at] || null); });
  while (list.children.length > nodes.length) list.lastChild.remove();
  for (const id of rows.keys()) if (!shown.some((job) => job.id === id)) rows.delete(id);
  $("more-jobs").hidden = over.length <= 5;
  say($("more-jobs"), few ? `Show ${over.length - 5} older` : "Show fewer");
}
$("more-jobs").onclick = () => { few = !few; showJobs(); enable(); };
let doomed = null;
function cancel(job) {
  doomed = job.id;
  say($("ask-title"), `Cancel job ${job.id}?`);
  say($("ask-text"), `${job.title}: files that are finished stay, the others are not written. The session is put back.`);
  $("ask").showModal();
}
$("ask-no").onclick = () => $("ask").close();
$("ask-yes").onclick = async () => {
  $("ask").close();
  say($("job-error"), "");
  try { await ask("POST", "/api/v1/actions/cancel", { arguments: [String(doomed)] }); } catch (error) {
    say($("job-error"), `Job ${doomed} was not cancelled: ${error.message}`);
  }
  if (document.activeElement === document.body) $("jobs").focus();
};

$("rescue").onclick = async () => {
  say($("leases-error"), "");
  try { await ask("POST", "/api/v1/actions/rescue", {}); } catch (error) {
    say($("leases-error"), "Not put back: " + error.message);
  }
};

/* Files. */
let folder = "";
const size = (bytes) => {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  for (; bytes >= 1000 && unit < 4; unit += 1) bytes /= 1000;
  return bytes.toFixed(unit && bytes < 100 ? 1 : 0) + " " + units[unit];
};
const step = (text, path) => make("button", { className: "plain", type: "button", onclick: () => enter(path) }, text);
async function openFiles(job) {
  folder = job.output_dir;
  if (!await listFiles()) say($("file-error"), `The files of job ${job.id} are in ${job.output_dir}, which is not offered here.`);
  $("h-files").scrollIntoView();
  $("h-files").focus();
}
function enter(path) { folder = path; listFiles(); }
/* Gives whether the folder can be looked at; otherwise all are shown. */
async function listFiles() {
  const wanted = folder;
  let found;
  say($("file-error"), "");
  try { found = await ask("GET", "/api/v1/files?path=" + encodeURIComponent(wanted)); } catch (error) {
    if (wanted) { folder = ""; await listFiles(); return false; }
    say($("file-error"), "The files cannot be listed: " + error.message);
    return false;
  }
  if (wanted !== folder) return true;
  folder = found.current_path;
  const steps = /^(\/|[A-Za-z]:)/.test(folder) ? [folder] : folder.split("/").filter(Boolean);
  $("where").replaceChildren(...(steps.length ? [step("Output", "")] : []),
    ...steps.map((name, at) => at === steps.length - 1 ? make("span", {}, " / " + name)
      : make("span", {}, " / ", step(name, steps.slice(0, at + 1).join("/")))));
  say($("no-files"), found.files.length ? "" : "Nothing here yet.");
  $("file-list").replaceChildren(...found.files.slice(0, 1000).map((file) => {
    const words = new URLSearchParams({ path: file.path });
    if (token()) words.set("token", token());
    return make("li", {},
      make("span", {}, (file.is_directory ? "▸ " : "") + file.name,
        make("br", {}), make("span", { className: "soft small" }, file.is_directory ? "folder" : size(file.size))),
      file.is_directory
        ? make("button", { className: "plain", type: "button", onclick: () => enter(file.path), ariaLabel: "Open " + file.name }, "Open")
        : make("a", { className: "button small", href: "/api/v1/files/download?" + words, download: "", ariaLabel: "Download " + file.name }, "Download"));
  }));
  return true;
}
$("reload").onclick = () => listFiles();

connect();
listFiles();
