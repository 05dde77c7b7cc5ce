// All run inside the page; the tests send them there as text.

/** Links, buttons and fields without a name, landmarks that are missing, ids that are there twice. */
function nameProblems() {
  const problems = [];
  for (const each of document.querySelectorAll('a, button'))
    if (!each.innerText.trim() && !each.getAttribute('aria-label')) problems.push(`no name: ${each.outerHTML}`);
  for (const field of document.querySelectorAll('input:not([type=hidden]), select'))
    if (!field.labels?.length) problems.push(`no label: ${field.outerHTML}`);
  for (const picture of document.querySelectorAll('svg'))
    if (!picture.closest('[aria-label], [aria-hidden]'))
      problems.push(`no words for a picture: ${picture.outerHTML.slice(0, 80)}`);
  for (const landmark of ['header', 'main', 'nav'])
    if (!document.querySelector(landmark)) problems.push(`no ${landmark}`);
  if (document.querySelectorAll('h1').length !== 1) problems.push('not one h1');
  if (!document.documentElement.lang) problems.push('no language');
  const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
  for (const id of ids) if (ids.filter((other) => other === id).length > 1) problems.push(`twice: #${id}`);
  return problems;
}

/** Texts that stand out from their ground by less than 4.5 to 1, as WCAG 2 counts. */
function contrastProblems() {
  const light = (colour) => {
    const [r, g, b] = colour.match(/[\d.]+/g).map(Number);
    const linear = [r, g, b].map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  };
  const ground = (element) => {
    const colour = element ? getComputedStyle(element).backgroundColor : 'rgb(255, 255, 255)';
    return colour.endsWith(', 0)') ? ground(element.parentElement) : colour;
  };
  const problems = new Set();
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent?.trim());
    if (!own || element.closest('.hidden, .skip, title')) continue;
    const style = getComputedStyle(element);
    const colour = element instanceof SVGElement ? style.fill : style.color;
    const [a, b] = [light(colour), light(ground(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) problems.add(`${ratio.toFixed(2)}: ${element.tagName} ${element.getAttribute('class') ?? ''}`);
  }
  return [...problems];
}

/** Boxes to tick that do not stand at the start of their label's words; one that is stretched is drawn in its middle. */
function strayBoxes() {
  return [...document.querySelectorAll('label > input[type="checkbox"]:first-child')]
    .filter((box) => box.getBoundingClientRect().width > 30)
    .map((box) => box.name);
}

Object.assign(globalThis, { nameProblems, contrastProblems, strayBoxes });
