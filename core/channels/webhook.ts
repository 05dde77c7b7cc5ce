import { secret, strict } from '../base/schema.ts';
import { everything } from './hears.ts';
import type * as z from 'zod';

const declared = strict({ url: secret, secret }).optional();

/** A program's web hook: signed JSON. Variables hold its address and the secret that both sides know. */
export const webhook = {
  declared,
  targetsOf: (hook: z.infer<typeof declared>): string[] => (hook ? [webhookTarget(hook.url.env, hook.secret.env)] : []),
  hears: everything,
  isSecret: true,
};

/** One text for both variables: webhookTarget('HOOK', 'HOOK_SECRET') // => 'HOOK/HOOK_SECRET' */
export const webhookTarget = (url: string, secretName: string): string => `${url}/${secretName}`;
