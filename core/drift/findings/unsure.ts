import type { FindingKindOf } from './finding.ts';

/** What the alarm cannot tell. */
export const unsure: FindingKindOf = {
  title: 'Not known',
  find: ({ unsure }) =>
    unsure === undefined
      ? null
      : {
          says: `The alarm cannot judge this pipeline yet: ${unsure}.`,
          follows:
            'Until it can, the share of drifted columns warns in its place, and asks for no model. To let it judge alone, ' +
            "declare drift.falseAlarms: 'off'.",
        },
};
