import { type CandidateResult } from '../core/training/training.ts';
import { counted } from './format.ts';

/** learntIn({ epochs: 8 }) // => '8 epochs' */
export const learntIn = ({ epochs, trees, models }: Pick<CandidateResult, 'epochs' | 'trees' | 'models'>): string =>
  models !== undefined
    ? `average of ${counted(models, 'model')}`
    : trees !== undefined
      ? counted(trees, 'tree')
      : epochs > 0
        ? counted(epochs, 'epoch')
        : '\u2013';

/** What computed: our kernel or a backend of TF.js, for models that use one. */
export const backendInWords = ({ backend }: Pick<CandidateResult, 'backend'>): string =>
  backend === 'none' ? '\u2013' : backend;
