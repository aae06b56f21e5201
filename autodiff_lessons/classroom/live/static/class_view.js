// The class view: asks for the numbers every two seconds, and shows what changed.
// Everything from learners is put in as text, never as HTML.

import { showMisconceptions, showStuck } from "./lists.js";
import { showTable } from "./table.js";
import { setText } from "./text.js";

const EVERY = 2000, AFTER_A_FAILURE = 5000, BETWEEN_LOGINS = 30000; // milliseconds
const HIDDEN = "autodiff-lessons-class-names-hidden", LOGGED_IN = "autodiff-lessons-class-logged-in";
const find = id => document.getElementById(id);
const view = { state: null, tag: "", now: 0, lesson: "", hidden: kept(localStorage, HIDDEN) === "yes" };

async function ask() {
  const headers = { "X-XSRFToken": cookie("_xsrf") };
  if (view.tag) headers["If-None-Match"] = view.tag;
  const answer = await fetch("state", { headers, cache: "no-store" });
  if (answer.status === 401 || answer.status === 403) return logInAgain();
  if (answer.status !== 200 && answer.status !== 304) throw Error(`it answered ${answer.status}`);
  view.now = Date.parse(answer.headers.get("Date")) / 1000 || Date.now() / 1000;
  if (answer.status === 200) {
    view.state = await answer.json();
    view.tag = answer.headers.get("ETag") ?? "";
  }
  show();
  find("problem").hidden = true;
}

// The service was restarted, or the hub ended this visit: the hub lets an instructor in again without a question.
function logInAgain() {
  const last = Number(kept(sessionStorage, LOGGED_IN));
  if (Date.now() - last < BETWEEN_LOGINS) throw Error("you are not logged in to the hub as an instructor");
  keep(sessionStorage, LOGGED_IN, String(Date.now()));
  location.reload();
}

async function keepAsking() {
  let wait = EVERY;
  try {
    await ask();
  } catch (error) {
    wait = AFTER_A_FAILURE;
    setText(find("problem"), `The numbers below are old: ${error.message}. Trying again.`);
    find("problem").hidden = false;
  }
  setTimeout(keepAsking, wait);
}

function show() {
  const state = view.state;
  if (!state) return;
  showLessons(state.exercises);
  const exercises = state.exercises.filter(one => !view.lesson || String(one.lesson) === view.lesson);
  const shown = new Map(exercises.map(one => [one.id, one]));
  const learners = state.learners.map(one => ({ ...one, name: view.hidden ? `Learner ${one.number}` : one.name }));
  if (view.hidden) learners.sort((one, other) => one.number - other.number);
  const stuck = state.stuck.filter(one => shown.has(one.exercise));
  const misconceptions = state.misconceptions.filter(one => shown.has(one.exercise));
  const people = `${learners.length} ${learners.length === 1 ? "learner" : "learners"}`;
  setText(find("summary"), `${people}, ${stuck.length} stuck`);
  showStuck(find("stuck"), stuck, shown, new Map(learners.map(one => [one.number, one.name])), view.now);
  showMisconceptions(find("misconceptions"), misconceptions, shown, learners.length);
  showTable(document.querySelector("table"), exercises, learners, stuck);
}

function showLessons(exercises) {
  const select = find("lesson");
  const begun = [...new Set(exercises.map(one => String(one.lesson)))];
  const there = [...select.options].slice(1).map(one => one.value);
  if (begun.join() === there.join()) return;
  select.replaceChildren(select.options[0], ...begun.map(number => new Option(number, number)));
  if (!begun.includes(view.lesson)) view.lesson = "";
  select.value = view.lesson;
}

function showNamesButton() {
  find("names").setAttribute("aria-pressed", String(view.hidden));
  setText(find("names"), view.hidden ? "Names are hidden" : "Hide names");
}

function cookie(name) {
  const found = document.cookie.split("; ").find(one => one.startsWith(`${name}=`));
  return found ? found.slice(name.length + 1) : "";
}

// A browser may forbid to keep anything.
function kept(where, name) {
  try { return where.getItem(name); } catch { return null; }
}

function keep(where, name, value) {
  try { where.setItem(name, value); } catch { /* then it holds until the page is closed */ }
}

find("names").addEventListener("click", () => {
  view.hidden = !view.hidden;
  keep(localStorage, HIDDEN, view.hidden ? "yes" : "no");
  showNamesButton();
  show();
});
find("lesson").addEventListener("change", event => {
  view.lesson = event.target.value;
  show();
});
showNamesButton();
keepAsking();
