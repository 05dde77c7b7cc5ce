import type { Encoding, EnsembleModel, MemberModel } from '../artifact.ts';
import { constant } from './constant.ts';
import type { CompiledModel, KindOfModel } from './kinds.ts';
import { network } from './network.ts';
import { inputWidth, widthOf } from '../preprocessing.ts';
import { softmax } from '../numbers/probabilities.ts';
import { sigmoid } from '../numbers/sigmoid.ts';
import { tabm } from './tabm.ts';
import { logOdds, logShare, trees } from './trees.ts';
import * as z from 'zod';

/** A row is scored by each of them. */
export const MOST_MEMBERS = 8;

const kinds: { [Kind in MemberModel['kind']]: KindOfModel<Extract<MemberModel, { kind: Kind }>> } = {
  network,
  constant,
  trees,
  tabm,
};
const memberKind = ({ kind }: MemberModel) => kinds[kind] as KindOfModel<MemberModel>;

export const ensemble: KindOfModel<EnsembleModel> = {
  parts: {
    kind: z.literal('ensemble'),
    of: z.enum(['outputs', 'shares']),
    members: z
      .array(
        z.strictObject({
          candidate: z.string(),
          weight: z.number().positive(),
          reads: z.array(z.int().nonnegative()).min(1),
          model: z.discriminatedUnion(
            'kind',
            Object.values(kinds).map(({ parts }) => z.strictObject(parts)) as unknown as [z.ZodObject],
          ),
        }),
      )
      .min(1)
      .max(MOST_MEMBERS),
  },
  problemOf(model, _inputs, outputs) {
    const whole = model.members.reduce((sum, { weight }) => sum + weight, 0);
    if (Math.abs(whole - 1) > 1e-6) return `the weights add up to ${whole}, not to 1`;
    for (const [i, { reads }] of model.members.entries()) {
      const beyond = reads.find((place) => place >= model.encodings.length);
      if (beyond !== undefined) return `members.${i}: reads encoding ${beyond}, of ${model.encodings.length}`;
      const member = memberOf(model, i);
      const problem = memberKind(member).problemOf(member, inputWidth(member.encodings), outputs);
      if (problem) return `members.${i}: ${problem}`;
    }
    return null;
  },
  compile(model, inputs): CompiledModel {
    const input = new Float32Array(inputs);
    const members = model.members.map(({ weight, reads }, i) => {
      const member = memberOf(model, i);
      const compiled = memberKind(member).compile(member, inputWidth(member.encodings));
      return { weight, compiled, stretches: stretchesRead(model.encodings, reads) };
    });
    const read = ({ compiled, stretches }: (typeof members)[number]): CompiledModel => {
      for (const { from, to, at } of stretches) compiled.input.set(input.subarray(from, to), at);
      return compiled;
    };
    const [first] = members;
    const additive = model.of === 'outputs' && members.every(({ compiled }) => compiled.additive);
    // Of one member its output itself, to the last digit.
    if (members.length === 1)
      return {
        input,
        additive: first!.compiled.additive,
        run: () => read(first!).run(),
        runAll: (into) => read(first!).runAll!(into),
      };
    const shares = model.of === 'shares';
    const room = new Float64Array(model.classes?.length ?? 1);
    return {
      input,
      additive,
      run() {
        let mean = 0;
        for (const member of members) {
          const output = read(member).run();
          mean += member.weight * (shares ? sigmoid(output) : output);
        }
        return shares ? logOdds(mean) : mean;
      },
      runAll(into) {
        into.fill(0);
        for (const member of members) {
          read(member).runAll!(room);
          softmax(room);
          for (let place = 0; place < room.length; place++) into[place]! += member.weight * room[place]!;
        }
        for (let place = 0; place < room.length; place++) into[place] = logShare(into[place]!);
      },
    };
  },
};

/** A member as a model by itself. */
export function memberOf(ensemble: EnsembleModel, place: number): MemberModel {
  const { encodings, probe, trainedWith, target, classes, members } = ensemble;
  const { reads, model } = members[place]!;
  const own = reads.map((read) => encodings[read]!);
  return { ...model, probe, trainedWith, ...(target && { target }), ...(classes && { classes }), encodings: own };
}

/** Which inputs of the ensemble are the inputs of a member from `at` on; neighbours are one stretch. */
function stretchesRead(encodings: readonly Encoding[], reads: readonly number[]) {
  const starts: number[] = [];
  let width = 0;
  for (const encoding of encodings) {
    starts.push(width);
    width += widthOf(encoding);
  }
  const stretches: { from: number; to: number; at: number }[] = [];
  let at = 0;
  for (const read of reads) {
    const [from, to] = [starts[read]!, starts[read]! + widthOf(encodings[read]!)];
    const last = stretches.at(-1);
    if (last?.to === from) last.to = to;
    else stretches.push({ from, to, at });
    at += to - from;
  }
  return stretches;
}
