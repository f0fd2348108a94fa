/** What the intake thread says: counts and codes, no name of a file or a person. */
export type IntakeEvent =
  | { readonly type: 'ready'; readonly port: number | null }
  | {
      readonly type: 'taken';
      readonly stored: number;
      readonly known: number;
      /** By reason. */
      readonly rejected: Readonly<Record<string, number>>;
      /** Files and folders that cannot be read at present, by the system's code. */
      readonly unread: Readonly<Record<string, number>>;
    }
  | { readonly type: 'refused'; readonly reason: string }
  | { readonly type: 'failed'; readonly reason: string };
