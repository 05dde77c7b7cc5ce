import { columnTitle } from '../alarm/words.ts';
import { cannotTell, unknownColumns } from '../standing.ts';
import { warnedColumns } from '../verdict.ts';
import type { Checked, FindingKindOf, Said } from './finding.ts';

/** What the alarm cannot tell: of anything, or of a column that is far. */
export const unsure: FindingKindOf = {
  title: 'Not known',
  find: (verdict) =>
    verdict.unsure === undefined
      ? ofColumns(verdict)
      : {
          says: `The alarm cannot judge this pipeline yet: ${verdict.unsure}.`,
          follows:
            'Until it can, the share of drifted columns warns in its place, and asks for no model. To let it judge alone, ' +
            "declare drift.falseAlarms: 'off'.",
        },
};

function ofColumns(verdict: Checked): Said | null {
  if (verdict.abstained !== null) return null;
  const [unknown, warned] = [unknownColumns(verdict), warnedColumns(verdict)].map((names) => names.map(columnTitle));
  const says = cannotTell(verdict, { warned: warned!, unknown: unknown! });
  if (says === '') return null;
  return {
    says: `${says}: it would find no large change there.`,
    follows:
      warned!.length > 0
        ? 'Such a distance warns in its place, and asks for no model.'
        : 'Nothing is done about it. Look at the report to see whether you expect it.',
  };
}
