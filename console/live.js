// Puts sections that changed in the place of those that are shown. Without it the page is complete, and a reload newer.
const main = document.querySelector('main[data-live]');
const state = document.querySelector('[data-live-state]');

function tell(words) {
  if (state && state.textContent !== words) state.textContent = words;
}

function put({ id, mark, markup }) {
  const shown = document.getElementById(id);
  if (shown?.dataset.mark === mark) return;
  // What somebody is about to use is not taken from under their hands.
  if (shown?.contains(document.activeElement) && document.activeElement !== document.body) return;
  const template = document.createElement('template');
  template.innerHTML = markup;
  const next = template.content.firstElementChild;
  if (!next) return;
  const scrolled = shown ? [...shown.querySelectorAll('.scroll')].map((each) => each.scrollLeft) : [];
  if (shown) shown.replaceWith(next);
  else main.append(next);
  [...next.querySelectorAll('.scroll')].forEach((each, i) => (each.scrollLeft = scrolled[i] ?? 0));
}

if (main && 'EventSource' in window) {
  let source;
  const listen = () => {
    source = new EventSource(main.dataset.live);
    source.addEventListener('open', () => tell('live'));
    source.addEventListener('section', (event) => put(JSON.parse(event.data)));
    source.addEventListener('gone', (event) => document.getElementById(event.data)?.remove());
    source.addEventListener('full', () => {
      source.close();
      tell('not live: too many listen');
    });
    source.addEventListener('error', () => tell('not live: waiting for the server'));
  };
  // A page in the background costs the server nothing.
  const follow = () => {
    if (document.hidden) source?.close();
    else listen();
  };
  document.addEventListener('visibilitychange', follow);
  window.addEventListener('pagehide', () => source?.close());
  if (!document.hidden) listen();
}

// A row that is tried: each change is asked for, and all that is said of it takes the place of what was said before.
const trying = document.querySelector('form[data-try]');

if (trying) {
  let waiting;
  let asking;
  const ask = async () => {
    asking?.abort();
    asking = new AbortController();
    const { signal } = asking;
    try {
      const body = new URLSearchParams(new FormData(trying));
      const answer = await fetch(trying.action, { method: 'POST', body, signal, headers: { accept: 'text/html' } });
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      const problem = document.querySelector('[data-try-problem]');
      problem.hidden = answer.ok;
      if (!answer.ok) {
        problem.textContent = page.querySelector('.message')?.textContent ?? 'The server did not answer. Try again.';
        return;
      }
      for (const section of page.querySelectorAll('main > section')) {
        const shown = document.getElementById(section.id);
        if (shown && !shown.contains(trying)) shown.replaceWith(section);
      }
      document.title = page.title;
      document.querySelector('h1').textContent = page.querySelector('h1').textContent;
    } catch (error) {
      if (error.name !== 'AbortError') throw error;
    }
  };
  trying.addEventListener('input', ({ target }) => {
    const column = /^column\.(.*)$/.exec(target.name)?.[1];
    const along = trying.elements.namedItem('changed');
    if (column && [...along.options].some((each) => each.value === column)) along.value = column;
    clearTimeout(waiting);
    waiting = setTimeout(ask, 150);
  });
}
