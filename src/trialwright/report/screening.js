"use strict";
(function () {
  const data = JSON.parse(document.getElementById("data").textContent);
  const VERDICTS = ["ineligible", "eligible", "undetermined"];
  const el = (name, attributes, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (key === "class") made.className = value; else made.setAttribute(key, value);
    }
    for (const child of children) made.append(child);
    return made;
  };
  const number = (n) => n.toLocaleString("en-US");

  // Criteria tried out: people grouped by what excludes them and what holds them back.
  for (const trial of data.trials) {
    const box = document.getElementById("try-" + trial.id);
    if (!box || !trial.patterns) continue;
    const out = box.querySelector("output");
    const count = () => {
      const off = new Set([...box.querySelectorAll("input:not(:checked)")].map((i) => Number(i.value)));
      const found = [0, 0, 0];
      for (const [excludes, holds, people] of trial.patterns) {
        if (excludes.some((j) => !off.has(j))) found[0] += people;
        else if (holds.some((j) => !off.has(j))) found[2] += people;
        else found[1] += people;
      }
      out.textContent = number(found[1]) + " eligible, " + number(found[2]) + " undetermined, " + number(found[0]) +
        " ineligible" + (off.size ? " without " + [...off].map((j) => trial.criteria[j][0]).join(", ") : "");
    };
    box.addEventListener("change", count);
    box.querySelector("button").addEventListener("click", () => {
      box.querySelectorAll("input").forEach((i) => { i.checked = true; });
      count();
    });
    count();
  }

  const people = data.people;
  if (!people) return;
  const body = document.getElementById("people-rows");
  const status = document.getElementById("people-status");
  const controls = Object.fromEntries(["find", "trial", "verdict", "criterion", "state", "size"]
    .map((name) => [name, document.getElementById("people-" + name)]));
  const back = document.getElementById("people-back"), on = document.getElementById("people-on");
  const starts = []; let width = 0;
  for (const trial of data.trials) { starts.push(width); width += trial.criteria.length; }
  let chosen = [], page = 0;

  const fillCriteria = () => {
    const t = Number(controls.trial.value), select = controls.criterion;
    select.replaceChildren(el("option", { value: "" }, "any"));
    data.trials[t].criteria.forEach(([id, , label], j) => {
      select.append(el("option", { value: String(j) }, id + (label ? " " + label.slice(0, 50) : "")));
    });
  };
  const filter = () => {
    const words = controls.find.value.trim().toLowerCase();
    const t = Number(controls.trial.value), verdict = controls.verdict.value;
    const j = controls.criterion.value, state = controls.state.value;
    chosen = [];
    for (let i = 0; i < people.ids.length; i++) {
      if (words && !people.ids[i].toLowerCase().includes(words)) continue;
      if (verdict && people.verdicts[i][t] !== verdict) continue;
      if (j !== "" && state && people.legend[[...people.codes[i]][starts[t] + Number(j)]][0] !== state) continue;
      chosen.push(i);
    }
    page = 0;
    draw();
  };
  const draw = () => {
    const size = Number(controls.size.value), pages = Math.max(1, Math.ceil(chosen.length / size));
    page = Math.min(page, pages - 1);
    const t = Number(controls.trial.value);
    const fragment = document.createDocumentFragment();
    for (const i of chosen.slice(page * size, page * size + size)) {
      const open = el("button", { class: "person", type: "button", "aria-expanded": "false" }, people.ids[i]);
      const cells = data.trials.map((_, k) => {
        const v = people.verdicts[i][k];
        return el("td", {}, el("span", { class: "badge v" + v }, VERDICTS[v]));
      });
      const needs = people.needs[i] && people.needs[i][data.trials[t].id];
      const row = el("tr", {}, el("th", { scope: "row" }, open), ...cells, el("td", {}, needs ? needs.join("; ") : ""));
      open.addEventListener("click", () => toggle(open, row, i));
      fragment.append(row);
    }
    body.replaceChildren(fragment);
    const first = chosen.length ? page * size + 1 : 0, last = Math.min(chosen.length, (page + 1) * size);
    status.textContent = number(chosen.length) + " people; shown " + number(first) + " to " + number(last);
    back.disabled = page === 0;
    on.disabled = page >= pages - 1;
  };
  const toggle = (button, row, i) => {
    const next = row.nextElementSibling;
    if (next && next.classList.contains("detail")) {
      next.remove();
      button.setAttribute("aria-expanded", "false");
      return;
    }
    button.setAttribute("aria-expanded", "true");
    const cell = el("td", { colspan: String(data.trials.length + 2) });
    row.after(el("tr", { class: "detail" }, cell));
    const codes = [...people.codes[i]];
    data.trials.forEach((trial, t) => {
      cell.append(el("h4", {}, trial.id + ": " + VERDICTS[people.verdicts[i][t]]));
      const rows = el("tbody");
      trial.criteria.forEach(([id, kind, label], j) => {
        const [state, reasons, notes, notApplicable] = people.legend[codes[starts[t] + j]];
        const fails = (kind === "inclusion" && state === "not met") || (kind === "exclusion" && state === "met");
        const facts = ((people.facts[people.ids[i]] || {})[trial.id] || {})[id] || [];
        const told = [...reasons, ...notes, ...(notApplicable ? ["not applicable"] : [])].join(", ");
        const list = facts.map(([concept, date, value, unit, source]) =>
          [date === "null" ? "" : date, concept, value === null ? "" : value, unit === "1" ? "" : unit || "", source ? "[" + source + "]" : ""]
            .filter((part) => part !== "").join(" ")).join("; ");
        rows.append(el("tr", {}, el("th", { scope: "row" }, id), el("td", {}, kind), el("td", {}, label),
          el("td", { class: fails ? "s-fail" : "" }, state + (fails ? " (excludes)" : "")), el("td", {}, told), el("td", {}, list)));
      });
      const head = el("thead", {}, el("tr", {}, ...["", "kind", "criterion", "state", "why", "rests on"]
        .map((text) => el("th", { scope: "col" }, text))));
      cell.append(el("div", { class: "wide" }, el("table", {}, head, rows)));
    });
  };
  data.trials.forEach((trial, t) => controls.trial.append(el("option", { value: String(t) }, trial.id)));
  fillCriteria();
  controls.trial.addEventListener("change", () => { fillCriteria(); filter(); });
  for (const name of ["verdict", "criterion", "state", "size"]) controls[name].addEventListener("change", filter);
  let timer = 0;
  controls.find.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(filter, 120); });
  back.addEventListener("click", () => { page -= 1; draw(); });
  on.addEventListener("click", () => { page += 1; draw(); });
  filter();
  if (location.hash.startsWith("#person=")) {
    controls.find.value = decodeURIComponent(location.hash.slice(8));
    filter();
    const first = body.querySelector("button.person");
    if (first) { first.click(); first.scrollIntoView(); }
  }
})();
