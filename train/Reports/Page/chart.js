'use strict';
// Draws the curves at the size that there is, and shows their values under the pointer or the arrow keys.
const Charts = (() => {
  const SVG = 'http://www.w3.org/2000/svg';
  const formats = {
    percent: v => (100 * v).toFixed(2) + ' %',
    number: v => v === 0 ? '0' : Math.abs(v) < 1e-3 || Math.abs(v) >= 1e6 ? v.toExponential(2).replace('e+', 'e') : Number(v.toPrecision(4)).toString(),
    count: v => Math.round(v).toLocaleString('en-US'),
  };

  const node = (name, attributes = {}, text) => {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    return made;
  };

  // 1, 2 or 5 times a power of ten, for about as many steps as were asked for.
  const niceStep = (range, steps) => {
    const rough = range / steps;
    const power = 10 ** Math.floor(Math.log10(rough));
    return power * [1, 2, 5, 10].find(factor => rough / power <= factor * 1.0001);
  };

  const linear = (low, high, steps) => {
    if (high <= low) { high = low + (Math.abs(low) || 1); }
    const step = niceStep(high - low, steps);
    const from = Math.floor(low / step + 1e-9) * step;
    const to = Math.ceil(high / step - 1e-9) * step;
    const ticks = [];
    for (let i = 0; from + i * step <= to + step / 2; i++) ticks.push(from + i * step);
    return { from, to, ticks, step, share: v => (v - from) / (to - from) };
  };

  const logarithmic = (low, high) => {
    const from = 10 ** Math.floor(Math.log10(low) + 1e-9);
    const to = Math.max(from * 10, 10 ** Math.ceil(Math.log10(high) - 1e-9));
    const ticks = [];
    for (let tick = from; tick <= to * 1.0001; tick *= 10) ticks.push(tick);
    return { from, to, ticks, step: 0, share: v => Math.log(v / from) / Math.log(to / from) };
  };

  const tickText = (format, value, step) => {
    if (step === 0) return value.toExponential(0).replace('e+', 'e');
    const scale = format === 'percent' ? 100 : 1;
    const decimals = Math.max(0, -Math.floor(Math.log10(step * scale) + 1e-9));
    if (format !== 'percent' && decimals > 3) return value === 0 ? '0' : value.toExponential(1).replace('e+', 'e');
    return (value * scale).toLocaleString('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals }) + (format === 'percent' ? ' %' : '');
  };

  class Chart {
    constructor(figure, chart) {
      this.chart = chart;
      this.hidden = new Set();
      this.at = null;
      this.legend = figure.appendChild(document.createElement('div'));
      this.legend.className = 'legend';
      this.plot = figure.appendChild(document.createElement('div'));
      this.plot.className = 'plot';
      this.plot.tabIndex = 0;
      this.plot.setAttribute('role', 'img');
      this.plot.setAttribute('aria-label', `${chart.title}; the arrow keys show values`);
      this.fillLegend();
      this.plot.addEventListener('pointermove', e => this.point(e));
      this.plot.addEventListener('pointerdown', e => this.point(e));
      this.plot.addEventListener('pointerleave', () => this.leave());
      this.plot.addEventListener('blur', () => this.leave());
      this.plot.addEventListener('keydown', e => this.key(e));
      new ResizeObserver(() => this.draw()).observe(this.plot);
      this.draw();
    }

    get visible() { return this.chart.series.filter(s => !this.hidden.has(s.group)); }

    fillLegend() {
      const groups = new Map(this.chart.series.map(s => [s.group, s]));
      for (const s of this.chart.series) if (!s.dashed && !s.background) groups.set(s.group, s);
      for (const [group, s] of groups) {
        const button = this.legend.appendChild(document.createElement('button'));
        button.type = 'button';
        button.setAttribute('aria-pressed', 'true');
        button.append(Charts.swatch(s), group);
        button.addEventListener('click', () => {
          if (!this.hidden.delete(group)) this.hidden.add(group);
          button.setAttribute('aria-pressed', String(!this.hidden.has(group)));
          this.draw();
        });
      }
    }

    draw() {
      const { chart, plot } = this;
      const width = Math.max(240, plot.clientWidth);
      const height = Math.round(Math.min(300, Math.max(200, width * .56)));
      const box = { left: 54, right: width - 10, top: 10, bottom: height - 40 };
      const points = this.visible.flatMap(s => s.points);
      const xs = points.map(p => p[0]), ys = points.map(p => p[1]);
      const y = ys.length === 0 ? linear(0, 1, 4)
        : chart.logarithmic ? logarithmic(Math.min(...ys), Math.max(...ys))
        : linear(chart.fromZero ? 0 : Math.min(...ys), Math.max(...ys), 4);
      const low = xs.length ? Math.min(...xs) : 0, high = xs.length ? Math.max(...xs) : 1;
      const span = high > low ? high - low : 1;
      const x = { share: v => (v - low + (high > low ? 0 : .5)) / span };
      this.place = ([px, py]) => [box.left + (box.right - box.left) * x.share(px), box.bottom - (box.bottom - box.top) * y.share(py)];
      this.stops = [...new Set(this.visible.filter(s => !s.background).flatMap(s => s.points.map(p => p[0])))].sort((a, b) => a - b);
      this.box = box;

      const svg = node('svg', { viewBox: `0 0 ${width} ${height}`, height, 'aria-hidden': 'true' });
      for (const tick of y.ticks) {
        const [, py] = this.place([low, tick]);
        svg.append(node('line', { class: 'grid', x1: box.left, x2: box.right, y1: py, y2: py }), node('text', { x: box.left - 8, y: py + 4, 'text-anchor': 'end' }, tickText(chart.format, tick, y.step)));
      }
      const step = Math.max(1, niceStep(span, Math.max(2, Math.floor((box.right - box.left) / 64))));
      for (let tick = Math.ceil(low / step) * step; tick <= high + 1e-9; tick += step) {
        const [px] = this.place([tick, y.from]);
        svg.append(node('line', { class: 'axis', x1: px, x2: px, y1: box.bottom, y2: box.bottom + 4 }), node('text', { x: px, y: box.bottom + 18, 'text-anchor': 'middle' }, tick.toLocaleString('en-US')));
      }
      svg.append(node('line', { class: 'axis', x1: box.left, x2: box.right, y1: box.bottom, y2: box.bottom }), node('text', { x: (box.left + box.right) / 2, y: height - 4, 'text-anchor': 'middle' }, chart.x));
      for (const mark of chart.marks) {
        const [px] = this.place([mark.x, y.from]);
        const late = px > (box.left + box.right) / 2;
        svg.append(node('line', { class: 'mark', x1: px, x2: px, y1: box.top, y2: box.bottom }), node('text', { x: px + (late ? -5 : 5), y: box.top + 6, 'text-anchor': late ? 'end' : 'start' }, mark.text));
      }
      for (const s of this.visible) this.drawSeries(svg, s);
      this.cross = svg.appendChild(node('g'));
      plot.replaceChildren(svg);
    }

    drawSeries(svg, s) {
      const places = s.points.map(this.place);
      const style = s.background ? ' background' : s.dashed ? ' dashed' : '';
      svg.append(node('path', {
        class: `curve k${s.colour}${style}`, 'data-points': s.points.length, 'data-series': s.name,
        d: places.map(([px, py], i) => `${i ? 'L' : 'M'}${px.toFixed(1)} ${py.toFixed(1)}`).join(''),
      }));
      if (!s.background && places.length <= 60) for (const [px, py] of places) svg.append(node('circle', { class: `dot k${s.colour}`, cx: px, cy: py, r: places.length > 30 ? 2 : 3 }));
    }

    point(event) {
      if (this.stops.length === 0) return;
      const left = event.clientX - this.plot.getBoundingClientRect().left;
      this.show(this.stops.reduce((best, stop) => Math.abs(this.place([stop, 1])[0] - left) < Math.abs(this.place([best, 1])[0] - left) ? stop : best));
    }

    key(event) {
      const now = this.stops.indexOf(this.at);
      const to = { ArrowLeft: now < 0 ? this.stops.length - 1 : now - 1, ArrowRight: now + 1, Home: 0, End: this.stops.length - 1 }[event.key];
      if (event.key === 'Escape') this.leave();
      if (to === undefined || this.stops.length === 0) return;
      event.preventDefault();
      this.show(this.stops[Math.min(Math.max(to, 0), this.stops.length - 1)]);
    }

    show(stop) {
      this.at = stop;
      const rows = this.visible.filter(s => !s.background).map(s => [s, s.points.find(p => p[0] === stop)]).filter(([, p]) => p);
      if (rows.length === 0) { this.leave(); return; }
      const [px] = this.place([stop, rows[0][1][1]]);
      this.cross.replaceChildren(
        node('line', { class: 'cross', x1: px, x2: px, y1: this.box.top, y2: this.box.bottom }),
        ...rows.map(([s, p]) => { const [cx, cy] = this.place(p); return node('circle', { class: `dot k${s.colour}`, cx, cy, r: 5 }); }));
      const top = this.plot.getBoundingClientRect();
      Tip.show(`${this.chart.x} ${formats.number(stop)}`, rows.map(([s, p]) => [Charts.swatch(s), s.name, formats[this.chart.format](p[1])]), top.left + px, top.top + this.box.top);
    }

    leave() {
      this.at = null;
      this.cross.replaceChildren();
      Tip.hide();
    }
  }

  return {
    start(charts) {
      for (const chart of charts) new Chart(document.getElementById(`chart-${chart.id}`), chart);
    },
    swatch(s) {
      const picture = node('svg', { width: 18, height: 10, class: `k${s.colour}`, 'aria-hidden': 'true' });
      picture.append(node('line', { x1: 0, x2: 18, y1: 5, y2: 5, 'stroke-width': 3, 'stroke-dasharray': s.dashed ? '5 3' : 'none' }));
      return picture;
    },
  };
})();
