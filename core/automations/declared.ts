import { strict, stretch } from '../base/schema.ts';
import { doSchema } from './actions/index.ts';
import { onSchema } from './events/index.ts';
import * as z from 'zod';

/** What happens by itself when something else did. */
export const automationSchema = strict({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]*$/, 'use lower-case letters, digits and dashes, like "rescore-after-promotion"'),
  on: onSchema,
  do: doSchema,
  /** After it acted it does nothing for so long, whatever happens; an hour by default. */
  cooldown: stretch.optional(),
});
export const automationsSchema = z
  .array(automationSchema)
  .min(1, 'declare an automation, or leave it out')
  .max(20, 'declare at most 20 automations')
  .superRefine((automations, context) =>
    automations.forEach(({ name }, i) => {
      if (automations.findIndex((one) => one.name === name) < i)
        context.addIssue({
          code: 'custom',
          path: [i, 'name'],
          message: `another automation is called "${name}"; give each a name of its own`,
        });
    }),
  );
export type Automation = z.infer<typeof automationSchema>;

/** What the declared automations do that their author may not mean. */
export const adviceOn = (automations: readonly Automation[] = []): string[] =>
  automations.flatMap(({ name, on, do: does }) =>
    on.event === 'alert' &&
    (on.kind ?? 'data-quality') === 'data-quality' &&
    does.action === 'run' &&
    trains.includes(does.loop)
      ? [
          `the automation ${name} trains a model ${on.kind ? '' : 'at any alert, also '}when columns are no longer filled ` +
            'as declared, which no model can learn from. The drift check asks for none.',
        ]
      : [],
  );
const trains: readonly string[] = ['retraining', 'lifecycle'];

/** Long enough for an action to have its effects: they do not set it off again. */
export const USUAL_COOLDOWN = '1 hour';
export const cooldownOf = ({ cooldown }: Automation): string => cooldown ?? USUAL_COOLDOWN;
