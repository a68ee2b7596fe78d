// The page: a sheet to draw on, the network's answer while drawing, and what goes on inside.

import { Sheet } from "/sheet.js";
import { Units, blank, diverging, paintSquare } from "/pictures.js";
import { follow } from "/training.js";

const PEN = 0.075;

const element = (id) => document.getElementById(id);

// The newest drawing is asked for, one question at a time: what changes meanwhile is the next one.
let isAsking = false;
let isStale = false;
let network = null;
let layers = [];
let bars = [];
let speaking = null;
let look = null;

const sheet = new Sheet(element("sheet"), PEN, () => {
  element("hint").hidden = !sheet.isEmpty;
  element("undo").disabled = element("clear").disabled = sheet.isEmpty;
  ask();
});

async function ask() {
  isStale = true;
  if (isAsking || network === null || network.side === null) {
    return;
  }
  busy(true);
  while (isStale) {
    isStale = false;
    try {
      const answer = await fetch("/predict", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ strokes: sheet.strokes, pen: PEN }),
      });
      if (answer.ok) {
        show(await answer.json());
      } else {
        problem(await answer.text());
      }
    } catch {
      problem("The program does not answer. Is it still running?");
    }
  }
  busy(false);
}

// Who listens hears the last answer, and a test waits for it.
function busy(asking) {
  isAsking = asking;
  element("answer").setAttribute("aria-busy", String(asking));
}

function problem(text) {
  element("said").textContent = text;
  element("said").classList.add("problem");
  speak(text);
}

function show(newest) {
  look = newest;
  const { label, probabilities, nothing, members = [] } = look;
  const said = element("said");
  said.classList.remove("problem");
  const text = (part) => `${(100 * part).toFixed(part > 0.9995 || part < 0.0005 ? 0 : 1)} %`;
  bars.forEach(({ row, fill, value }, index) => {
    const part = probabilities?.[index] ?? 0;
    row.classList.toggle("first", index === label);
    fill.style.transform = `scaleX(${part})`;
    value.textContent = probabilities ? text(part) : "";
  });
  element("members").textContent = members
    .map(([vote, part], index) => `${network.members[index]}: ${network.classes[vote]} (${text(part)})`)
    .join(" · ");
  if (nothing) {
    element("label").textContent = "–";
    element("label").classList.remove("word");
    said.textContent = capital(nothing);
    blank(element("seen"), network.side);
    layers.forEach((units) => units.show(new Array(units.count).fill(0)));
    speak(sheet.isEmpty ? "The sheet is empty" : nothing);
    return;
  }
  const name = network.classes[label];
  element("label").textContent = name;
  element("label").classList.toggle("word", name.length > 2);
  const full = sheet.isFull ? " · the sheet is full" : "";
  said.textContent = `${text(probabilities[label])} sure${full}`;
  paintSeen();
  layers.forEach((units, index) => units.show(look.hidden[index]));
  speak(`${name}, ${text(probabilities[label])} sure`);
}

function paintSeen() {
  if (look?.seen) {
    paintSquare(element("seen"), look.seen, network.side, (pixel) => [pixel, pixel, pixel]);
  }
}

// For those who listen: once the pen rests.
function speak(text) {
  clearTimeout(speaking);
  speaking = setTimeout(() => {
    element("spoken").textContent = text;
  }, 600);
}

async function showWeights(unit) {
  const units = layers[0];
  const answer = await fetch(`/weights/${unit}`).catch(() => null);
  if (!answer?.ok || units.chosen !== unit) {
    return;
  }
  const weights = new Int8Array(await answer.arrayBuffer());
  const toColour = diverging();
  paintSquare(element("weights"), weights, network.side, (weight) => toColour(weight / 127));
  element("weights-caption").textContent = `Unit ${unit}: red for, blue against`;
}

function chosenWeights() {
  const unit = layers[0]?.chosen;
  if (unit !== null && unit !== undefined) {
    showWeights(unit);
  }
}

function build() {
  const { sizes, functions, parameters, name, members, data, test, side, version, training, classes } = network;
  const count = (number) => number.toLocaleString("en");
  const isCommittee = members.length > 0;
  const what = isCommittee ? ["the mean of their probabilities"] : [sizes.join("-"), functions];
  const about = [name, ...what, `${count(parameters)} parameters`];
  if (test) {
    about.push(`${((100 * test.correct) / test.images).toFixed(2)} % of ${count(test.images)} test images right`);
  }
  if (data) {
    about.push(`${training ? "on" : "trained on"} ${data}`);
  }
  element("about").textContent = about.filter(Boolean).join(" · ");
  if (training) {
    element("title").textContent = "Training run";
    element("drawing-title").hidden = false;
  }
  if (isCommittee) {
    element("answer-title").textContent = "The committee says";
    element("inside-title").textContent = `Inside ${members[0]}`;
  }
  element("version").textContent = `batchprop ${version}`;
  ["drawing", "answer", "inside"].forEach((id) => {
    element(id).hidden = side === null;
  });
  if (side === null) {
    return;
  }
  element("seen-size").textContent = `${side}×${side}`;
  blank(element("seen"), side);
  bars = classes.map((name) => {
    const row = document.createElement("li");
    const [label, bar, fill, value] = ["span", "div", "span", "span"].map((it) => document.createElement(it));
    label.className = "name";
    label.textContent = label.title = name;
    bar.className = "bar";
    value.className = "value";
    bar.append(fill);
    row.append(label, bar, value);
    return { row, fill, value };
  });
  element("bars").replaceChildren(...bars.map(({ row }) => row));
  element("bars").classList.toggle("many", classes.length > 16);
  element("bars").classList.toggle("words", classes.some((name) => name.length > 2));
  const hidden = sizes.slice(1, -1);
  element("weights-figure").hidden = hidden.length === 0;
  blank(element("weights"), side);
  layers = hidden.map((units, index) => {
    const figure = document.createElement("figure");
    const caption = document.createElement("figcaption");
    const canvas = document.createElement("canvas");
    const isFirst = index === 0;
    caption.textContent = `Hidden layer ${index + 1}: ${count(units)} units${isFirst ? ", point at one for its weights" : ""}`;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `Activations of hidden layer ${index + 1}${isFirst ? "; arrow keys choose a unit" : ""}`);
    figure.append(caption, canvas);
    element("hidden").append(figure);
    return new Units(canvas, units, isFirst ? showWeights : null);
  });
  layers.forEach((units) => units.paint());
  layers[0]?.pick(0);
}

function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

element("undo").addEventListener("click", () => sheet.undo());
element("clear").addEventListener("click", () => sheet.clear());
addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    sheet.clear();
  } else if (event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey) && !event.shiftKey) {
    event.preventDefault();
    sheet.undo();
  }
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  layers.forEach((units) => units.paint());
  chosenWeights();
});

element("undo").disabled = element("clear").disabled = true;
try {
  network = await (await fetch("/network")).json();
  build();
  ask();
  if (network.training) {
    follow(network, () => {
      ask();
      chosenWeights();
    });
  }
} catch {
  problem("The program does not answer. Is it still running?");
}
