import { own } from '../../core/base/own.ts';
import { shortened } from '../../core/base/shortened.ts';
import { total } from '../../core/data/profiles/profile.ts';
import { psiOf, psiSamplingError } from '../../core/drift/distances/psi.ts';
import { type ByHour } from '../../core/drift/drift-report.ts';
import { addGroups, type HourGroups } from '../../core/drift/explaining/hourly.ts';
import { type RedactedVerdict } from '../../core/declaration/redaction/redaction.ts';
import { blindColumns, isBehind, standingOf } from '../../core/drift/standing.ts';
import { warnedColumns, type ColumnDrift } from '../../core/drift/verdict.ts';
import { HOUR, instant } from '../../core/time/time.ts';
import { list, moment } from '../../pages/format.ts';
import { html, nothing, trusted, type Html } from '../../pages/html.ts';

const SLOTS = 48;
const MOST_NAMED = 8;
const [CELL, ROW, NAMES, HEAD, LETTERS] = [11, 16, 150, 14, 21] as const;
/** PSI, less what sampling alone would reach, from which a cell has the next colour. */
const STEPS = [0.1, 0.25, 1] as const;
/** Room for the two times above the cells. */
const LEAST_WIDTH = 260;
const heatWords = ['as in the reference', 'PSI from 0.1', 'from 0.25', 'from 1'];

/** Columns by time: how far the rows of a few hours lie from the reference, and when each column changed. */
export function driftByHour(
  columns: readonly ColumnDrift[],
  { hourly, reference }: ByHour,
  verdict: Pick<RedactedVerdict, 'alarm'>,
): Html {
  const times = Object.values(hourly).flatMap((hours) => hours.map(({ hour }) => hour));
  if (times.length === 0) return nothing;
  const [start, end] = [times.reduce((a, b) => Math.min(a, b)), times.reduce((a, b) => Math.max(a, b)) + HOUR];
  const slot = HOUR * Math.max(1, Math.ceil((end - start) / HOUR / SLOTS));
  const slots = Math.ceil((end - start) / slot);
  // Those derived from time differ from hour to hour by what they are.
  const drawn = columns.filter(({ column, votes }) => votes && own(hourly, column) && own(reference, column));
  if (drawn.length === 0) return nothing;

  const paths: Record<Scale, string[]> = { grey: ['', '', '', ''], warm: ['', '', '', ''] };
  let changes = '';
  drawn.forEach((shown, row) => {
    const { column, explained } = shown;
    const path = paths[scaleOf(shown, verdict)];
    const y = HEAD + row * ROW;
    const heats = heatsOf(own(hourly, column)!, own(reference, column)!, explained?.designEffect ?? 1, {
      start,
      slot,
      slots,
    });
    for (const { heat, from, to } of runsOf(heats))
      path[heat] += `M${from * CELL} ${y}h${(to - from) * CELL - 1}v${ROW - 2}H${from * CELL}z`;
    const since = Date.parse(explained?.since?.at ?? '');
    if (since >= start) changes += `M${Math.round(((since - start) / slot) * CELL)} ${y - 1}v${ROW}`;
  });
  const [width, height] = [Math.max(slots * CELL, LEAST_WIDTH) + 2, HEAD + drawn.length * ROW + 2];
  // What an earlier check saw is not of this time.
  const changed = drawn.filter(({ explained }) => Date.parse(explained?.since?.at ?? '') >= start).length;
  const used = scales.filter((scale) => paths[scale].some((path) => path !== ''));
  const words = `${drawn.length} columns from ${moment(instant(start))} to ${moment(instant(end))}; ${changed} changed in this time.`;
  return html`<section>
    <h2>Columns by time</h2>
    <p class="note">
      Each cell is ${slot / HOUR === 1 ? 'an hour' : `${slot / HOUR} hours`}, the latest at the right; a mark is the
      hour since which a column is as in the window. Columns that follow the time of day have
      stripes.${verdict.alarm ? ` Columns that the alarm is raised for${warnedColumns(verdict).length > 0 ? ', or that warn in its place,' : ''} are in colour; ${othersInWords(drawn, verdict)}` : ''}
    </p>
    <div class="chart scroll newest" role="img" aria-label="${words}" tabindex="0">
      <div>
        ${svgOf(
          NAMES,
          height,
          drawn.map(({ column }, row) => nameOf(column, HEAD + row * ROW + 11)),
        )}
        ${svgOf(width, height, [
          html`<text x="0" y="10">${moment(instant(start))}</text>`,
          html`<text x="${width - 2}" y="10" text-anchor="end">${moment(instant(end))}</text>`,
          trusted(
            scales
              .flatMap((scale) =>
                paths[scale].map((path, heat) => (path ? `<path class="${classes[scale]}${heat}" d="${path}"/>` : '')),
              )
              .join(''),
          ),
          trusted(changes ? `<path d="${changes}" stroke="var(--ink)" stroke-width="2"/>` : ''),
        ])}
      </div>
    </div>
    <ul class="key">
      ${heatWords.map((said, heat) => keyOf(said, heat, used))}
    </ul>
  </section>`;
}

function othersInWords(drawn: readonly ColumnDrift[], verdict: Pick<RedactedVerdict, 'alarm'>): string {
  const blind = blindColumns(verdict.alarm);
  const unknown = drawn.filter((column) => blind.includes(column.column) && !isBehind(standingOf(column, verdict)));
  const asUsual = 'as usual for this pipeline, however far from the reference';
  return unknown.length === 0
    ? `the others are ${asUsual}.`
    : `the alarm cannot tell whether ${list(unknown.map(({ column }) => column), MOST_NAMED)} ${unknown.length === 1 ? 'is' : 'are'} as usual; all others are ${asUsual}.`; // prettier-ignore
}

const nameOf = (column: string, y: number): Html =>
  html`<text x="${NAMES - 8}" y="${y}" text-anchor="end">${shortened(column, LETTERS)}</text>`;

/** A colour is for what is behind the level of the check. */
type Scale = 'grey' | 'warm';
const scales: readonly Scale[] = ['grey', 'warm'];
const classes: Record<Scale, string> = { grey: 'f', warm: 'h' };
const scaleOf = (column: ColumnDrift, verdict: Pick<RedactedVerdict, 'alarm'>): Scale =>
  verdict.alarm && !isBehind(standingOf(column, verdict)) ? 'grey' : 'warm';

const keyOf = (said: string, heat: number, used: readonly Scale[]): Html => {
  const colours = used.map((scale) => `var(--${scale === 'grey' && heat > 0 ? 'far' : 'heat'}-${heat})`);
  // Half and half, where there are both.
  const background = colours.length === 1 ? colours[0]! : `linear-gradient(90deg, ${colours.join(' 50%, ')} 50%)`;
  return html`<li><i style="background:${background}"></i>${said}</li>`;
};

const svgOf = (width: number, height: number, drawn: Html[]): Html =>
  html`${trusted(`<svg class="heat" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" aria-hidden="true">`)}
  ${drawn}${trusted('</svg>')}`;

/** By slot how far its rows lie from the reference, from 0 to 3; null without rows. */
function heatsOf(
  hours: readonly HourGroups[],
  reference: readonly number[],
  effect: number,
  { start, slot, slots }: { start: number; slot: number; slots: number },
): (number | null)[] {
  const bySlot: (readonly number[])[][] = Array.from({ length: slots }, () => []);
  for (const { hour, groups } of hours) bySlot[Math.floor((hour - start) / slot)]!.push(groups);
  const before = total(reference);
  return bySlot.map((all) => {
    const groups = addGroups(all);
    const rows = total(groups);
    if (rows === 0 || before === 0) return null;
    const filled = groups
      .map((current, group) => ({ reference: reference[group]! / before, current: current / rows }))
      .filter((pair) => pair.reference > 0 || pair.current > 0);
    const telling = { reference: before / effect, current: rows / effect };
    const beyond = psiOf(filled, telling) - psiSamplingError(filled.length, telling.reference, telling.current);
    return STEPS.filter((step) => beyond >= step).length;
  });
}

function runsOf(heats: readonly (number | null)[]): { heat: number; from: number; to: number }[] {
  const runs: { heat: number; from: number; to: number }[] = [];
  heats.forEach((heat, i) => {
    const last = runs.at(-1);
    if (heat === null) return;
    if (last?.heat === heat && last.to === i) last.to = i + 1;
    else runs.push({ heat, from: i, to: i + 1 });
  });
  return runs;
}
