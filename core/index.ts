/** What a declaration imports from 'perennial'. */
export * from './declaration/declare.ts';
