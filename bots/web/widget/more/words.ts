/** The words of the second file, in four languages. */

import type { Language } from "../language.ts";

/** The server's codes for a file that it did not keep. */
export type Refusal = "too_large" | "type_refused" | "infected" | "unavailable";

export interface MoreWords {
  readonly attach: string;
  readonly files: string;
  readonly drop: string;
  readonly again: string;
  readonly uploaded: string;
  /** On the button to send, and below the files once it was pressed. */
  readonly whenUploaded: string;
  readonly failed: string;
  /** Why a file was not kept. */
  readonly refused: Readonly<Record<Refusal, string>>;
  /** It never came so far. */
  readonly lost: string;
  readonly rate: string;
  readonly scores: readonly [string, string, string, string, string];
  readonly comment: string;
  readonly submit: string;
  readonly skip: string;
  remove(name: string): string;
  uploading(name: string): string;
  tooLarge(most: string): string;
  tooMany(wait: string): string;
  atMost(files: number, leftOut: number): string;
}

const en: MoreWords = {
  attach: "Attach files",
  files: "Files to send",
  drop: "Drop files here",
  again: "Try again",
  uploaded: "Uploaded",
  whenUploaded: "Sends once the files are uploaded",
  failed: "Try again or remove the file that failed.",
  refused: {
    too_large: "Not accepted: too large",
    type_refused: "Not accepted: this type of file",
    infected: "Not accepted: it may be harmful",
    unavailable: "Not received. Please send it again.",
  },
  lost: "Could not be uploaded",
  rate: "How was the help you got?",
  scores: ["Very bad", "Bad", "Okay", "Good", "Very good"],
  comment: "Anything to add? (optional)",
  submit: "Send rating",
  skip: "Skip",
  remove: (name) => `Remove ${name}`,
  uploading: (name) => `Uploading ${name}`,
  tooMany: (wait) => `Too many files for now. Try again in ${wait}.`,
  tooLarge: (most) => `Not accepted: too large (at most ${most})`,
  atMost: (files, leftOut) => `At most ${files} files in one message; left out: ${leftOut}.`,
};

const zh: MoreWords = {
  attach: "添加附件",
  files: "待发送的文件",
  drop: "将文件拖放到此处",
  again: "重试",
  uploaded: "已上传",
  whenUploaded: "文件上传完成后自动发送",
  failed: "请重试或移除上传失败的文件。",
  refused: {
    too_large: "未接收：文件过大",
    type_refused: "未接收：不支持此类文件",
    infected: "未接收：文件可能有害",
    unavailable: "未能接收，请重新发送。",
  },
  lost: "上传失败",
  rate: "您对本次服务满意吗？",
  scores: ["非常不满意", "不满意", "一般", "满意", "非常满意"],
  comment: "还有什么想说的吗？（选填）",
  submit: "提交评价",
  skip: "跳过",
  remove: (name) => `移除 ${name}`,
  uploading: (name) => `正在上传 ${name}`,
  tooMany: (wait) => `上传的文件过多，请在 ${wait} 后重试。`,
  tooLarge: (most) => `未接收：文件过大（最大 ${most}）`,
  atMost: (files, leftOut) => `每条消息最多 ${files} 个文件，有 ${leftOut} 个未添加。`,
};

const ja: MoreWords = {
  attach: "ファイルを添付",
  files: "送信するファイル",
  drop: "ここにファイルをドロップ",
  again: "再試行",
  uploaded: "アップロード済み",
  whenUploaded: "アップロードが終わると送信されます",
  failed: "失敗したファイルを再試行するか、削除してください。",
  refused: {
    too_large: "受け付けられません：大きすぎます",
    type_refused: "受け付けられません：対応していない形式です",
    infected: "受け付けられません：有害な可能性があります",
    unavailable: "受信できませんでした。もう一度お送りください。",
  },
  lost: "アップロードできませんでした",
  rate: "今回の対応はいかがでしたか？",
  scores: ["とても不満", "不満", "普通", "満足", "とても満足"],
  comment: "ご意見（任意）",
  submit: "評価を送信",
  skip: "スキップ",
  remove: (name) => `${name} を削除`,
  uploading: (name) => `${name} をアップロード中`,
  tooMany: (wait) => `ファイルが多すぎます。${wait}後にもう一度お試しください。`,
  tooLarge: (most) => `受け付けられません：大きすぎます（最大 ${most}）`,
  atMost: (files, leftOut) => `1件のメッセージに添付できるのは${files}個までです。${leftOut}個は追加されませんでした。`,
};

const ko: MoreWords = {
  attach: "파일 첨부",
  files: "보낼 파일",
  drop: "여기에 파일을 놓으세요",
  again: "다시 시도",
  uploaded: "업로드됨",
  whenUploaded: "업로드가 끝나면 보냅니다",
  failed: "실패한 파일을 다시 시도하거나 삭제해 주세요.",
  refused: {
    too_large: "받을 수 없음: 너무 큼",
    type_refused: "받을 수 없음: 지원하지 않는 형식",
    infected: "받을 수 없음: 유해할 수 있음",
    unavailable: "받지 못했습니다. 다시 보내 주세요.",
  },
  lost: "업로드하지 못했습니다",
  rate: "상담은 어떠셨나요?",
  scores: ["매우 불만족", "불만족", "보통", "만족", "매우 만족"],
  comment: "남기실 의견이 있나요? (선택)",
  submit: "평가 보내기",
  skip: "건너뛰기",
  remove: (name) => `${name} 삭제`,
  uploading: (name) => `${name} 업로드 중`,
  tooMany: (wait) => `파일이 너무 많습니다. ${wait} 후 다시 시도해 주세요.`,
  tooLarge: (most) => `받을 수 없음: 너무 큼 (최대 ${most})`,
  atMost: (files, leftOut) => `메시지 하나에 파일은 ${files}개까지입니다. ${leftOut}개는 추가되지 않았습니다.`,
};

export const MORE_WORDS: Readonly<Record<Language, MoreWords>> = { en, zh, ja, ko };
