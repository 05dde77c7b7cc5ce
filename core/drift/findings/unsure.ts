import { columnTitle } from '../alarm/words.ts';
import { CANNOT_TELL, farFrom, unknownColumns } from '../standing.ts';
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
  const unknown = unknownColumns(verdict).map(columnTitle);
  if (verdict.abstained !== null || unknown.length === 0) return null;
  const [lie, them] = unknown.length === 1 ? ['lies', 'it'] : ['lie', 'them'];
  return {
    says: `${unknown.join(', ')} ${lie} ${farFrom(verdict)}, and ${CANNOT_TELL}: it would find no large change of ${them}.`,
    follows: 'Nothing is done about it. Look at the report to see whether you expect it.',
  };
}
