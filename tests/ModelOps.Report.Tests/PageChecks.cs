namespace ModelOps.Report.Tests;

/// <summary>Checks that run inside the page, in the manner of the accessibility checkers: each returns what is wrong, as text.</summary>
internal static class PageChecks
{
    /// <summary>Every visible piece of text against what is behind it: WCAG 2.2, 1.4.3, at least 4.5 to 1 (3 to 1 from 24 px on, or 18.66 px bold).</summary>
    public const string Contrast = """
        () => {
          const wrong = new Map();
          const rgb = c => { const m = c.match(/[\d.]+/g).map(Number); return [m[0], m[1], m[2], m.length > 3 ? m[3] : 1]; };
          const over = (top, below) => [0, 1, 2].map(i => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
          const light = c => { const f = c.slice(0, 3).map(v => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * f[0] + 0.7152 * f[1] + 0.0722 * f[2]; };
          const behind = e => { const layers = []; for (let at = e; at; at = at.parentElement) layers.push(rgb(getComputedStyle(at).backgroundColor));
            return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255, 1]); };
          for (const e of document.querySelectorAll('body *')) {
            const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
            const style = getComputedStyle(e), box = e.getBoundingClientRect();
            if (!own || style.visibility === 'hidden' || style.display === 'none' || box.width < 2 || e.disabled || ['SCRIPT', 'STYLE', 'OPTION', 'TITLE'].includes(e.tagName)) continue;
            const ground = behind(e), ink = over(rgb(e instanceof SVGElement ? style.fill : style.color), ground);
            const [a, b] = [light(ink), light(ground)].sort((x, y) => y - x), ratio = (a + 0.05) / (b + 0.05), size = parseFloat(style.fontSize);
            const needed = size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? 3 : 4.5;
            if (ratio < needed) wrong.set(e.tagName + '.' + (e.getAttribute('class') || '') + ' in ' + (e.closest('section') || {}).id, ratio.toFixed(2));
          }
          return [...wrong].map(([k, v]) => k + ': ' + v);
        }
        """;

    /// <summary>Names, labels, captions, headings, landmarks, ids.</summary>
    public const string Structure = """
        () => {
          const wrong = [];
          const named = e => (e.getAttribute('aria-label') || e.textContent || '').trim() || (e.id && document.querySelector('label[for="' + e.id + '"]')) || e.closest('label');
          for (const e of document.querySelectorAll('button, a[href], input, select')) if (!named(e)) wrong.push('no name: ' + e.outerHTML.slice(0, 80));
          for (const t of document.querySelectorAll('table')) {
            if (!t.caption || !t.caption.textContent.trim()) wrong.push('no caption: ' + (t.closest('section') || {}).id);
            for (const h of t.querySelectorAll('th')) if (!h.hasAttribute('scope')) wrong.push('no scope: ' + h.textContent);
          }
          let level = 0;
          for (const h of document.querySelectorAll('h1, h2, h3, h4')) { const n = Number(h.tagName[1]); if (n > level + 1) wrong.push('heading skips: ' + h.textContent); level = n; }
          if (document.querySelectorAll('h1').length !== 1) wrong.push('not one h1');
          for (const name of ['main', 'header', 'nav', 'footer']) if (!document.querySelector(name)) wrong.push('no landmark ' + name);
          for (const s of document.querySelectorAll('section')) if (!document.getElementById(s.getAttribute('aria-labelledby'))) wrong.push('section without name: ' + s.id);
          for (const s of document.querySelectorAll('svg')) if (!s.parentElement.closest('svg') && s.getAttribute('aria-hidden') !== 'true' && !(s.getAttribute('role') === 'img' && s.getAttribute('aria-label'))) wrong.push('drawing without words');
          const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
          for (const id of ids) if (ids.filter(i => i === id).length > 1) wrong.push('id twice: ' + id);
          if (!document.documentElement.lang) wrong.push('no language');
          if (!document.title) wrong.push('no title');
          return wrong;
        }
        """;

    /// <summary>Nothing may make the whole page scroll sideways.</summary>
    public const string Sideways = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth";
}
