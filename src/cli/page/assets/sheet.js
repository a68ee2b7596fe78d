// A sheet of paper: mouse, pen or finger to strokes of points from (0, 0) to (1, 1).

// The program refuses drawings with more.
const MOST_STROKES = 400;
const MOST_POINTS = 4500;
const MOST_LENGTH = 90;

// Nearer points tell nothing new.
const STEP = 0.004;

export class Sheet {
  // `pen` is the width of the lines, as a part of the sheet's; `changed` is called after every change.
  constructor(canvas, pen, changed) {
    this.canvas = canvas;
    this.pen = pen;
    this.changed = changed;
    this.strokes = [];
    this.pointer = null;
    this.points = 0;
    this.length = 0;
    new ResizeObserver(() => this.paint()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.paint());
    canvas.addEventListener("pointerdown", (event) => this.down(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    canvas.addEventListener("pointerup", (event) => this.up(event));
    canvas.addEventListener("pointercancel", (event) => this.up(event));
    canvas.addEventListener("lostpointercapture", (event) => this.up(event));
  }

  get isEmpty() {
    return this.strokes.length === 0;
  }

  get isFull() {
    return this.strokes.length >= MOST_STROKES || this.points >= MOST_POINTS || this.length >= MOST_LENGTH;
  }

  undo() {
    this.set(this.strokes.slice(0, -1));
  }

  clear() {
    this.set([]);
  }

  set(strokes) {
    this.pointer = null;
    this.strokes = strokes;
    this.points = strokes.reduce((sum, stroke) => sum + stroke.length, 0);
    this.length = strokes.reduce((sum, stroke) => sum + lengthOf(stroke), 0);
    this.paint();
    this.changed();
  }

  // One pointer draws at a time: a second finger or a palm does nothing.
  down(event) {
    if (this.pointer !== null || event.button !== 0 || this.isFull) {
      return;
    }
    event.preventDefault();
    this.canvas.focus({ preventScroll: true });
    this.pointer = event.pointerId;
    this.canvas.setPointerCapture(event.pointerId);
    this.strokes.push([this.point(event)]);
    this.points += 1;
    this.paint();
    this.changed();
  }

  move(event) {
    if (event.pointerId !== this.pointer) {
      return;
    }
    const stroke = this.strokes[this.strokes.length - 1];
    const moves = event.getCoalescedEvents?.() ?? [];
    let isNew = false;
    for (const move of moves.length > 0 ? moves : [event]) {
      const [x, y] = this.point(move);
      const [fromX, fromY] = stroke[stroke.length - 1];
      const step = Math.hypot(x - fromX, y - fromY);
      if (step >= STEP && !this.isFull) {
        stroke.push([x, y]);
        this.points += 1;
        this.length += step;
        isNew = true;
      }
    }
    if (isNew) {
      this.paint();
      this.changed();
    }
  }

  up(event) {
    if (event.pointerId === this.pointer) {
      this.pointer = null;
    }
  }

  point(event) {
    const box = this.canvas.getBoundingClientRect();
    const part = (value, length) => Math.round(1e4 * Math.min(Math.max(value / length, 0), 1)) / 1e4;
    return [part(event.clientX - box.left, box.width), part(event.clientY - box.top, box.height)];
  }

  paint() {
    const { canvas } = this;
    const side = Math.round(canvas.clientWidth * devicePixelRatio);
    if (side === 0) {
      return;
    }
    if (canvas.width !== side) {
      canvas.width = canvas.height = side;
    }
    const context = canvas.getContext("2d");
    context.clearRect(0, 0, side, side);
    context.strokeStyle = getComputedStyle(canvas).getPropertyValue("--ink");
    context.lineWidth = this.pen * side;
    context.lineCap = context.lineJoin = "round";
    for (const stroke of this.strokes) {
      context.beginPath();
      // A line to where it starts is a dot.
      for (const [x, y] of [stroke[0], ...stroke]) {
        context.lineTo(x * side, y * side);
      }
      context.stroke();
    }
  }
}

function lengthOf(stroke) {
  let length = 0;
  for (let k = 1; k < stroke.length; k++) {
    length += Math.hypot(stroke[k][0] - stroke[k - 1][0], stroke[k][1] - stroke[k - 1][1]);
  }
  return length;
}
