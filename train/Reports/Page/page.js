// One note beside the pointer or the selected cell; all that it says is set as text.
const Tip = (() => {
  const tip = document.getElementById('tip');
  return {
    show(title, rows, x, y) {
      const heading = document.createElement('b');
      heading.textContent = title;
      tip.replaceChildren(heading, ...rows.map(([swatch, name, value]) => {
        const line = document.createElement('span');
        const figure = document.createElement('em');
        figure.textContent = value;
        line.append(...(swatch ? [swatch] : []), name, figure);
        return line;
      }));
      tip.hidden = false;
      const [width, wide] = [tip.offsetWidth, document.documentElement.clientWidth];
      const left = x + 14 + width <= wide - 8 ? x + 14 : Math.max(8, x - 14 - width);
      tip.style.left = `${left + window.scrollX}px`;
      tip.style.top = `${Math.max(8, y) + window.scrollY}px`;
    },
    hide() { tip.hidden = true; },
  };
})();

// Automatic, light, dark; remembered where the browser allows it.
(() => {
  const button = document.getElementById('theme');
  const themes = ['automatic', 'light', 'dark'];
  const remembered = (() => { try { return localStorage.getItem('report-theme'); } catch { return null; } })();
  let theme = themes.includes(remembered) ? remembered : themes[0];
  const apply = () => {
    if (theme === themes[0]) delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    button.textContent = `Colours: ${theme}`;
  };
  button.hidden = false;
  button.addEventListener('click', () => {
    theme = themes[(themes.indexOf(theme) + 1) % themes.length];
    try { localStorage.setItem('report-theme', theme); } catch { /* The page may not remember; the choice still holds. */ }
    apply();
  });
  apply();
})();

// What an element with data-tip says: to the pointer, and to the arrow keys within its table.
for (const area of document.querySelectorAll('[data-tips]')) {
  const cells = [...area.querySelectorAll('[data-tip]')];
  let on = null;
  const show = cell => {
    on?.classList.remove('on');
    on = cell;
    if (!cell) { Tip.hide(); return; }
    cell.classList.add('on');
    const box = cell.getBoundingClientRect();
    const [title, ...rows] = cell.dataset.tip.split('\n');
    Tip.show(title, rows.map(row => [null, ...row.split('\t')]), box.right - 6, box.bottom - 4);
  };
  area.addEventListener('pointerover', e => show(e.target.closest('[data-tip]')));
  area.addEventListener('pointerleave', () => show(null));
  area.addEventListener('blur', () => show(null));
  area.addEventListener('keydown', e => {
    const columns = Number(area.dataset.tips);
    const move = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[e.key];
    if (e.key === 'Escape') show(null);
    if (move === undefined) return;
    const to = on ? cells.indexOf(on) + move : 0;
    if (to < 0 || to >= cells.length) return;
    e.preventDefault();
    show(cells[to]);
  });
}

for (const command of document.querySelectorAll('.command')) {
  if (!navigator.clipboard) break;
  const button = command.appendChild(document.createElement('button'));
  button.type = 'button';
  button.textContent = 'Copy';
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(command.querySelector('pre').textContent);
      button.textContent = 'Copied';
    } catch {
      button.textContent = 'Not allowed';
    }
  });
}

Charts.start(JSON.parse(document.getElementById('data').textContent));
