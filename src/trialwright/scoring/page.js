// The form of a page: reads what was entered, shows the score and why; examples fill it with one click.
"use strict";
const form = JSON.parse(document.getElementById("form-data").textContent);
const examples = JSON.parse(document.getElementById("example-data").textContent);
const say = (x) => (x === null ? "no bound" : String(Math.round(x * 1e6) / 1e6));

function entry(field) {
  const input = document.getElementById("field-" + field.k);
  const text = input.value.trim();
  if (text === "") return null;
  if (field.kind === "truth") return text === "yes";
  if (field.kind === "category") return field.choices.includes(text) ? [text] : text.split("+");
  const range = text.match(/^([<>]=?)?\s*(-?[\d.]+(?:e[+-]?\d+)?)(?:\s*\.\.\s*(-?[\d.]+))?$/i);
  if (range === null) return null;
  const number = Number(range[2]);
  if (range[3] !== undefined) return [number, Number(range[3])];
  if (range[1]) return range[1][0] === "<" ? [0, number] : [number, null];
  return number;
}
function entered() {
  const values = {}, hand = {};
  for (const field of form.fields) values[field.k] = entry(field);
  for (const input of document.querySelectorAll("[data-item]")) {
    const text = input.value.trim();
    if (text === "") continue;
    const weight = Number(input.dataset.weight || 1);
    if (input.tagName === "INPUT") {
      const bounds = [Number(input.min), Number(input.max)];
      const fits = Number(text) >= bounds[0] && Number(text) <= bounds[1];
      input.setCustomValidity(fits ? "" : `from ${bounds[0]} to ${bounds[1]}`);
      if (fits) hand[input.dataset.item] = weight * Number(text);
    } else hand[input.dataset.item] = text === "yes" ? true : text === "no" ? false : null;
  }
  return [values, hand];
}
function headline(r) {
  const words = [];
  const main = form.trees.main.t;
  if (main === "grade") words.push(r.grade === null ? `cannot grade: between ${say(r.lower)} and ${say(r.upper)}` : `grade ${r.grade}`);
  else if (r.score !== null) words.push(`${say(r.score)} ${form.unit || ""}`.trim());
  else if (r.lower !== null || r.upper !== null) words.push(`between ${say(r.lower)} and ${say(r.upper)}`);
  else if (r.met === null) words.push("not known");
  if (r.met !== null) words.push(r.met ? "met" : "not met");
  else if (form.trees.met) words.push("open");
  return words.join(" · ");
}
function show() {
  const [values, hand] = entered();
  const r = TW.evaluate(form, values, hand);
  document.getElementById("score").textContent = headline(r);
  const parts = Object.entries(r.parts).map(([name, b]) => {
    return `${name.replace(/_/g, " ")}: ${b[0] === b[1] ? say(b[0]) : `between ${say(b[0])} and ${say(b[1])}`}`;
  });
  document.getElementById("parts").textContent = parts.join(" · ");
  for (const item of r.items) {
    const row = document.getElementById("item-" + item.id);
    if (!row) continue;
    const state = item.state === null || (item.adds[0] !== item.adds[1] && item.state) ? "open" : item.state ? "met" : "not-met";
    row.className = state;
    const cell = row.querySelector(".adds");
    if (cell) cell.textContent = item.adds[0] === item.adds[1] ? say(item.adds[0]) : `${say(item.adds[0])} to ${say(item.adds[1])}`;
    const word = row.querySelector(".state");
    if (word) word.textContent = { open: "unknown", met: "met", "not-met": "not met" }[state];
  }
  return r;
}
function text(value) {
  if (value === null || value === undefined) return "";
  if (value === true) return "yes";
  if (value === false) return "no";
  if (Array.isArray(value) && typeof value[0] === "string") return value.join("+");
  if (Array.isArray(value)) return value[0] === null || (value[0] === 0 && value[1] !== null) ? "<=" + value[1] : value[1] === null ? ">=" + value[0] : `${value[0]}..${value[1]}`;
  return String(value);
}
function fill(example) {
  for (const field of form.fields) {
    const input = document.getElementById("field-" + field.k), wanted = text((example.values || {})[field.k]);
    if (input.tagName === "SELECT" && wanted && ![...input.options].some((o) => o.value === wanted)) input.add(new Option(wanted, wanted));
    input.value = wanted;
  }
  for (const input of document.querySelectorAll("[data-item]")) {
    const said = (example.hand || {})[input.dataset.item];
    const open = said === null ? "unknown" : "";
    input.value = said === undefined ? "" : typeof said === "number" ? said : said === null ? open : said ? "yes" : "no";
  }
  const box = document.getElementById("behind");
  if (box && Object.values(example.values || {}).some((v) => v !== null)) box.open = true;
  return show();
}
function differences(example, r) {
  const want = example.result, keys = ["score", "lower", "upper", "grade", "met"];
  return keys.filter((k) => (typeof want[k] === "number" && typeof r[k] === "number" ? Math.abs(want[k] - r[k]) > 1e-6 : want[k] !== r[k]));
}
document.querySelectorAll("[data-example]").forEach((button) => {
  button.addEventListener("click", () => fill(examples[Number(button.dataset.example)]));
});
document.getElementById("clear").addEventListener("click", () => fill({}));
document.getElementById("calculator").addEventListener("input", show);
show();
const hash = decodeURIComponent(location.hash);
if (hash === "#check") {
  const wrong = examples.map((e, i) => [i, differences(e, fill(e))]).filter(([, w]) => w.length);
  document.getElementById("checked").textContent = JSON.stringify({ examples: examples.length, wrong });
}
if (hash.startsWith("#example=")) fill(examples[Number(hash.slice(9))]);
