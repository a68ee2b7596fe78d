// Lines over the epochs of a run.

const LEFT = 52;
const RIGHT = 12;
const TOP = 8;
const BOTTOM = 24;

// Nearer points are not drawn: a run may have a hundred thousand.
const STEP = 0.5;

const SVG = "http://www.w3.org/2000/svg";

export class Chart {
  // Draws in `svg`, and writes the values of an epoch into `caption` after the `title`. `text` makes a value readable; `curves` are
  // names with functions from a point to its value. `point` is called with the epoch under the pointer, or null.
  constructor(svg, caption, { title, text, curves, isFromZero = false }, point) {
    Object.assign(this, { svg, caption, title, text, curves, isFromZero, point });
    this.points = [];
    this.epochs = 1;
    this.chosen = null;
    new ResizeObserver(() => this.paint()).observe(svg.parentElement);
    svg.addEventListener("pointermove", (event) => this.move(event));
    svg.addEventListener("pointerdown", (event) => this.move(event));
    // What a finger has chosen stays until it touches something else.
    svg.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && point(null));
    svg.addEventListener("blur", () => point(null));
    svg.addEventListener("keydown", (event) => this.key(event));
  }

  // `chosen` is an index of `points`; without one the values are those of the last.
  show(points, epochs, chosen) {
    Object.assign(this, { points, epochs, chosen });
    this.paint();
  }

  get last() {
    return Math.max(this.epochs - 1, 1);
  }

  x(epoch) {
    return LEFT + (epoch / this.last) * (this.width - LEFT - RIGHT);
  }

  paint() {
    const { svg, points } = this;
    const { clientWidth, clientHeight } = svg.parentElement;
    if (clientWidth === 0 || clientHeight === 0) {
      return;
    }
    [this.width, this.height] = [clientWidth, clientHeight];
    svg.setAttribute("viewBox", `0 0 ${this.width} ${this.height}`);
    const curves = this.curves.map(([name, value]) => ({ name, values: points.map((point) => value(point) ?? NaN) }));
    const drawn = curves.filter(({ values }) => values.some(Number.isFinite));
    const all = drawn.flatMap(({ values }) => values).filter(Number.isFinite);
    const parts = this.xAxis();
    if (all.length > 0) {
      const low = all.reduce((least, value) => Math.min(least, value), this.isFromZero ? 0 : Infinity);
      const high = all.reduce((most, value) => Math.max(most, value), -Infinity);
      const ticks = round(low, high, this.height < 130 ? 2 : 4);
      const [bottom, top] = [ticks[0], ticks[ticks.length - 1]];
      const y = (value) => TOP + ((top - value) / (top - bottom)) * (this.height - TOP - BOTTOM);
      ticks.forEach((tick) => parts.push(...this.tick(this.text(tick, true), y(tick))));
      drawn.forEach(({ name, values }) => parts.push(...this.curve(name, values, y)));
      parts.push(...this.pointer(drawn, y));
    } else if (points.length === 0) {
      const middle = { x: (LEFT + this.width - RIGHT) / 2, y: (TOP + this.height - BOTTOM) / 2, "text-anchor": "middle" };
      parts.push(label("after the first epoch", middle));
    }
    svg.replaceChildren(...parts);
    this.writeValues(drawn);
  }

  xAxis() {
    const y = this.height - BOTTOM;
    const parts = [shape("line", { class: "axis", x1: LEFT, x2: this.width - RIGHT, y1: y, y2: y })];
    const step = roundStep(this.last / Math.max(2, Math.floor((this.width - LEFT - RIGHT) / 60)), 1);
    const ticks = Array.from({ length: Math.floor(this.last / step) + 1 }, (_, k) => k * step);
    const apart = ticks.filter((tick) => this.last - tick > step / 2);
    for (const tick of [...apart, this.last]) {
      parts.push(shape("line", { class: "axis", x1: this.x(tick), x2: this.x(tick), y1: y, y2: y + 4 }));
      const anchor = tick === this.last ? "end" : "middle";
      const isFirst = tick === 0;
      const place = { x: isFirst ? LEFT - 44 : this.x(tick) + (anchor === "end" ? 6 : 0), y: y + 17 };
      parts.push(label(isFirst ? "epoch 0" : tick.toLocaleString("en"), { ...place, "text-anchor": isFirst ? "start" : anchor }));
    }
    return parts;
  }

  tick(text, y) {
    return [
      shape("line", { class: "grid", x1: LEFT, x2: this.width - RIGHT, y1: y, y2: y }),
      label(text, { x: LEFT - 6, y: y + 4, "text-anchor": "end" }),
    ];
  }

  curve(name, values, y) {
    const places = [];
    let last = -Infinity;
    values.forEach((value, k) => {
      const x = this.x(this.points[k].epoch);
      if (Number.isFinite(value) && (x - last >= STEP || k === values.length - 1)) {
        places.push([x.toFixed(1), y(value).toFixed(1)]);
        last = x;
      }
    });
    const [cx, cy] = places[places.length - 1];
    return [
      shape("polyline", { class: `curve ${name}`, points: places.join(" ") }),
      shape("circle", { class: `dot ${name}`, cx, cy, r: 3 }),
    ];
  }

  // A line at the chosen epoch, with its values as dots.
  pointer(curves, y) {
    const point = this.points[this.chosen];
    if (!point) {
      return [];
    }
    const x = this.x(point.epoch);
    const dots = curves
      .filter(({ values }) => Number.isFinite(values[this.chosen]))
      .map(({ name, values }) => shape("circle", { class: `dot ${name}`, cx: x, cy: y(values[this.chosen]), r: 4 }));
    return [shape("line", { class: "pointer", x1: x, x2: x, y1: TOP, y2: this.height - BOTTOM }), ...dots];
  }

  writeValues(curves) {
    const index = this.chosen ?? this.points.length - 1;
    const parts = [document.createElement("span")];
    parts[0].textContent = index < 0 ? this.title : `${this.title}, epoch ${this.points[index].epoch}`;
    for (const { name, values } of curves) {
      const [key, value] = ["span", "b"].map((it) => document.createElement(it));
      key.className = `key ${name}`;
      value.textContent = Number.isFinite(values[index]) ? this.text(values[index], false) : "–";
      key.append(this.curves.length > 1 ? `${name} ` : "", value);
      parts.push(key);
    }
    this.caption.replaceChildren(...parts);
  }

  move(event) {
    const x = event.clientX - this.svg.getBoundingClientRect().left;
    const epoch = ((x - LEFT) / (this.width - LEFT - RIGHT)) * this.last;
    this.point(nearest(this.points, epoch));
  }

  key(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step && this.points.length > 0) {
      event.preventDefault();
      const from = this.chosen ?? this.points.length - (step < 0 ? 1 : 2);
      this.point(Math.max(0, Math.min(this.points.length - 1, from + step)));
    }
  }
}

// The index of the point whose epoch is nearest; null where there are none. Points are in the order of their epochs.
function nearest(points, epoch) {
  let [low, high] = [0, points.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (epoch - points[middle].epoch > points[middle + 1].epoch - epoch) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return points.length > 0 ? low : null;
}

function shape(name, attributes) {
  const made = document.createElementNS(SVG, name);
  Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
  return made;
}

function label(text, attributes) {
  const made = shape("text", attributes);
  made.textContent = text;
  return made;
}

// The smallest of 1, 2, 5, 10, … times a power of ten that is not less than `step` and `least`.
function roundStep(step, least) {
  const power = 10 ** Math.floor(Math.log10(Math.max(step, least)));
  return [1, 2, 5, 10].map((it) => it * power).find((it) => it >= Math.max(step, least) * (1 - 1e-9));
}

// Round numbers around the range, with about so many steps between them.
function round(low, high, steps) {
  const range = Math.max(high - low, 1e-3 * Math.abs(high), 1e-9);
  const step = roundStep(range / steps, 0);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.max(Math.ceil(high / step - 1e-9), first + 1);
  return Array.from({ length: last - first + 1 }, (_, k) => (first + k) * step);
}
