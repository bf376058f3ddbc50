// echo.js - what a page can do beyond reading: choose the theme, copy a
// chunk's tangled text, switch the language at the same place, show in the
// contents where the reader is, and come back from them. Every page works without it.
(() => {
  'use strict';
  const root = document.documentElement;

  // Some browsers refuse storage to file:// pages; then nothing is kept.
  const keep = {
    get() { try { return localStorage.getItem('echo-theme'); } catch { return null; } },
    set(value) { try { localStorage.setItem('echo-theme', value); } catch { /* not kept */ } },
  };

  // Before the page is painted, so that it does not flash.
  const kept = keep.get();
  if (kept === 'light' || kept === 'dark') root.dataset.theme = kept;

  function theme() {
    const button = document.querySelector('.theme');
    if (!button) return;
    button.hidden = false;
    button.addEventListener('click', () => {
      const dark = root.dataset.theme
        ? root.dataset.theme === 'dark'
        : matchMedia('(prefers-color-scheme: dark)').matches;
      root.dataset.theme = dark ? 'light' : 'dark';
      keep.set(root.dataset.theme);
    });
  }

  // All pieces of the chunk that starts at `piece`, in order.
  function pieces(piece) {
    const list = [];
    while (piece) {
      list.push(piece);
      const next = piece.querySelector('.foot .next a');
      piece = next && document.getElementById(next.hash.slice(1));
    }
    return list;
  }

  // What one piece tangles into: references replaced by their chunks, whose
  // lines after the first are indented as far as the reference was.
  function tangled(piece, inside = new Set()) {
    const code = piece.querySelector('pre code');
    let text = '\n'.repeat(Number(piece.dataset.before || 0));
    for (const node of code.childNodes) {
      if (node.nodeType === 1 && node.matches('a.use')) {
        const target = document.getElementById(node.hash.slice(1));
        if (!target || inside.has(target)) continue;
        const column = text.length - text.lastIndexOf('\n') - 1;
        const inner = pieces(target)
          .map((p) => tangled(p, new Set(inside).add(target))).join('\n');
        text += inner.replace(/\n(?=[^\n])/g, '\n' + ' '.repeat(column));
      } else {
        text += node.textContent;
      }
    }
    return text;
  }

  function copying() {
    for (const button of document.querySelectorAll('.copy')) {
      button.hidden = false;
      const words = button.textContent;
      button.addEventListener('click', async () => {
        const text = tangled(button.closest('.chunk')) + '\n';
        try {
          await navigator.clipboard.writeText(text);
        } catch {
          // Pages opened as files may not use the clipboard directly.
          const area = document.createElement('textarea');
          area.value = text;
          area.style.position = 'fixed';
          document.body.append(area);
          area.select();
          document.execCommand('copy');
          area.remove();
          button.focus();
        }
        button.textContent = button.dataset.done;
        setTimeout(() => { button.textContent = words; }, 1600);
      });
    }
  }

  // The last of `places` whose top has been scrolled past.
  function current(places) {
    let found = null;
    for (const place of places) {
      if (place.getBoundingClientRect().top > 120) break;
      found = place;
    }
    return found;
  }

  function language() {
    const link = document.querySelector('.lang');
    if (!link) return;
    const places = [...document.querySelectorAll('main [id]')]
      .filter((e) => !e.closest('svg, .footnotes') && !/^fn/.test(e.id));
    link.addEventListener('click', () => {
      const place = current(places);
      link.hash = place ? place.id : '';
    });
  }

  function contents() {
    const links = new Map();
    for (const a of document.querySelectorAll('.contents li li a')) {
      links.set(a.hash.slice(1), a);
    }
    const heads = [...document.querySelectorAll('main h2[id]')];
    if (heads.length === 0) return;
    let last = null;
    let waiting = false;
    function update() {
      waiting = false;
      const head = current(heads);
      const a = head ? links.get(head.id) : null;
      if (a === last) return;
      if (last) last.removeAttribute('aria-current');
      last = a;
      if (!a) return;
      a.setAttribute('aria-current', 'true');
      const box = a.closest('.contents');
      const over = a.offsetTop - box.scrollTop;
      if (over < 40 || over > box.clientHeight - 60) {
        box.scrollTop = a.offsetTop - box.clientHeight / 2;
      }
    }
    addEventListener('scroll', () => {
      if (!waiting) { waiting = true; requestAnimationFrame(update); }
    }, { passive: true });
    update();
  }

  // Closing the sheet of contents leads back to where the reader was.
  function sheet() {
    const close = document.querySelector('.contents .close');
    let opened = false;
    addEventListener('hashchange', (event) => {
      opened = location.hash === '#contents' && event.oldURL !== event.newURL;
    });
    if (close) close.addEventListener('click', (event) => {
      if (!opened) return;
      event.preventDefault();
      history.back();
    });
    addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && opened) history.back();
    });
  }

  // Code that is wider than its box can be scrolled with the keyboard.
  function scrollers() {
    for (const box of document.querySelectorAll('pre, .table')) {
      if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
    }
  }

  addEventListener('DOMContentLoaded', () => {
    theme();
    copying();
    language();
    contents();
    sheet();
    scrollers();
  });
})();
