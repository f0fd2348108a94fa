import { translator } from '@cohortium/kernel';
import type { Catalog, Language, MessageParams } from '@cohortium/kernel';

const en = {
  intakeAbout: 'images in: from a PACS or a folder to series that are known for what they are',
};
const zh: Readonly<Record<keyof typeof en, string>> = {
  intakeAbout: '图像接收：从 PACS 或文件夹到已识别的序列',
};

const catalog: Catalog<keyof typeof en> = { en, zh };

/** The words of `cohortium intake` in one language. */
export function intakeWords(language: Language): (key: keyof typeof en, params?: MessageParams) => string {
  return translator(catalog, language);
}
