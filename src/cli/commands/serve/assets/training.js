// A training run as it goes: curves, confusion matrix, progress.

import { paintConfusion } from "/pictures.js";

const element = (id) => document.getElementById(id);
const percent = (part) => `${(100 * part).toFixed(2)} %`;

// Follows the run of a network with these classes to its end; `newer` is called whenever there is a better network to ask, `over` with how it ended.
export function follow(classes, newer) {
  const points = [];
  let confusion = null;
  element("training").hidden = false;
  const events = new EventSource("/training");
  events.addEventListener("open", () => {
    points.length = 0;
  });
  events.addEventListener("message", (event) => {
    const update = JSON.parse(event.data);
    points.push(...update.points);
    confusion = update.confusion ?? confusion;
    tell(update, points);
    if (update.points.length > 0) {
      paint(points, confusion, classes);
      newer();
    }
    if (update.phase !== "training") {
      events.close();
      newer();
    }
  });
  events.addEventListener("error", () => {
    if (events.readyState === EventSource.CLOSED) {
      element("training-said").textContent = "Too many pages are watching this run.";
    }
  });
  const again = () => paint(points, confusion, classes);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
  addEventListener("resize", again);
}

function tell(update, points) {
  const said = element("training-said");
  const last = points[points.length - 1];
  const accuracy = last ? `, ${percent(last.correct / last.images)} of the test images right` : "";
  // From 0, as everywhere.
  const epoch = Math.min(Math.floor(update.done), update.epochs - 1);
  const texts = {
    training: `epoch ${epoch} of 0 to ${update.epochs - 1}${accuracy}`,
    done: update.message,
    failed: update.message,
  };
  // What is read aloud changes once an epoch.
  if (said.textContent !== texts[update.phase]) {
    said.textContent = texts[update.phase];
  }
  said.classList.toggle("problem", update.phase === "failed");
  const progress = element("training-progress");
  progress.value = update.done / update.epochs;
  progress.hidden = update.phase !== "training";
}

function paint(points, confusion, classes) {
  if (points.length === 0) {
    return;
  }
  const curve = (name, value) => ({ name, values: points.map(value) });
  const epochs = points.map((point) => point.epoch);
  const costs = [curve("training", (point) => point.cost), curve("test", (point) => point.test_cost)];
  chart(element("cost"), epochs, costs, (value) => value.toPrecision(2));
  const accuracy = [curve("test", (point) => point.correct / point.images)];
  chart(element("accuracy"), epochs, accuracy, (value) => `${+(100 * value).toFixed(2)} %`);
  if (confusion) {
    paintConfusion(element("confusion"), confusion, classes);
    element("mistakes").textContent = mistakes(confusion, classes);
  }
}

// Lines over the epochs, with a few round values beside them.
function chart(svg, epochs, curves, text) {
  const [width, height, left, right, top, bottom] = [320, 200, 46, 10, 8, 22];
  const all = curves.flatMap((curve) => curve.values).filter(Number.isFinite);
  if (all.length === 0) {
    return;
  }
  const ticks = round(Math.min(...all), Math.max(...all));
  const [low, high] = [ticks[0], ticks[ticks.length - 1]];
  const last = Math.max(epochs[epochs.length - 1], 1);
  const x = (epoch) => left + (epoch / last) * (width - left - right);
  const y = (value) => top + ((high - value) / (high - low)) * (height - top - bottom);
  const parts = [];
  for (const tick of ticks) {
    parts.push(shape("line", { class: "grid", x1: left, x2: width - right, y1: y(tick), y2: y(tick) }));
    parts.push(label(text(tick), { x: left - 6, y: y(tick) + 4, "text-anchor": "end" }));
  }
  parts.push(label("epoch 0", { x: left, y: height - 4, "text-anchor": "start" }));
  parts.push(label(String(last), { x: width - right, y: height - 4, "text-anchor": "end" }));
  for (const { name, values } of curves) {
    const places = values.map((value, k) => [x(epochs[k]).toFixed(1), y(value).toFixed(1)]);
    parts.push(shape("polyline", { class: `curve ${name}`, points: places.join(" ") }));
    const [cx, cy] = places[places.length - 1];
    parts.push(shape("circle", { class: `dot ${name}`, cx, cy, r: 3.5 }));
  }
  svg.replaceChildren(...parts);
}

function shape(name, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
  return made;
}

function label(text, attributes) {
  const made = shape("text", attributes);
  made.textContent = text;
  return made;
}

// Three to six round numbers around the range.
function round(low, high) {
  const range = Math.max(high - low, 1e-6 * Math.abs(high), 1e-9);
  const power = 10 ** Math.floor(Math.log10(range / 3));
  const step = [1, 2, 5, 10].map((it) => it * power).find((it) => range / it <= 4);
  const first = Math.floor(low / step);
  const last = Math.max(Math.ceil(high / step), first + 1);
  return Array.from({ length: last - first + 1 }, (_, k) => (first + k) * step);
}

function mistakes(confusion, classes) {
  const all = confusion.flatMap((row, label) => row.map((count, answer) => ({ label, answer, count })));
  const most = all.filter(({ label, answer, count }) => label !== answer && count > 0);
  most.sort((a, b) => b.count - a.count);
  const texts = most.slice(0, 3).map(({ label, answer, count }) => `${classes[label]} for ${classes[answer]} (${count})`);
  return texts.length > 0 ? `Most often taken: ${texts.join(", ")}` : "No mistakes";
}
