/** The widget's own words in four languages. What the bot and people say comes from the server. */

import type { Language } from "./language.ts";
import type { Standing } from "./protocol.ts";
import { wait } from "./time.ts";

export interface Words {
  readonly support: string;
  readonly assistant: string;
  readonly agent: string;
  readonly you: string;
  readonly open: string;
  readonly close: string;
  readonly conversation: string;
  readonly compose: string;
  readonly send: string;
  readonly sending: string;
  readonly queued: string;
  readonly sent: string;
  readonly failed: string;
  readonly person: string;
  readonly leave: string;
  readonly withPerson: string;
  readonly safety: string;
  readonly dismiss: string;
  readonly choices: string;
  readonly article: string;
  readonly justNow: string;
  readonly typing: string;
  readonly reconnecting: string;
  readonly offline: string;
  readonly nobody: string;
  readonly inLine: string;
  readonly toNewest: string;
  /** What the server may refuse and the reader can do something about, by its code. */
  readonly problems: Readonly<Record<string, string>>;
  /** Anything else. */
  readonly problem: string;
  place(position: number): string;
  about(duration: string): string;
  unread(count: number): string;
  version(version: string): string;
  reviewed(date: string): string;
  left(characters: number): string;
  slowDown(seconds: number): string;
}

const ordinals = new Intl.PluralRules("en", { type: "ordinal" });
const plurals = new Intl.PluralRules("en");
const ORDINAL: Readonly<Partial<Record<Intl.LDMLPluralRule, string>>> = { one: "st", two: "nd", few: "rd" };

const en: Words = {
  support: "Support",
  assistant: "Assistant",
  agent: "Support agent",
  you: "You",
  open: "Open support chat",
  close: "Close chat",
  conversation: "Conversation",
  compose: "Ask anything…",
  send: "Send",
  sending: "Sending…",
  queued: "Waiting for connection",
  sent: "Sent",
  failed: "Not sent · Tap to send again",
  person: "Talk to a person",
  leave: "Leave the queue",
  withPerson: "You are talking to a person",
  safety: "Never share your password, codes or seed phrase. We never ask for them.",
  dismiss: "Dismiss",
  choices: "Suggested replies",
  article: "Full article",
  justNow: "Just now",
  typing: "is typing",
  reconnecting: "Connection lost. Reconnecting…",
  offline: "You are offline. Your messages are sent when you are back.",
  nobody: "Nobody is on duty · place kept",
  inLine: "Waiting for a person",
  toNewest: "Go to the newest message",
  problems: {
    too_large: "This message is too long. Please split it.",
    bad_token: "Your chat session had ended. A new one was started.",
    too_many_connections: "Chat is open in too many windows. Please close some.",
    bad_attachment: "A file of this message is no longer there. Please attach it again.",
  },
  problem: "Support cannot be reached right now. Please try again.",
  place: (position) => `${position}${ORDINAL[ordinals.select(position)] ?? "th"} in line`,
  about: (duration) => `about ${duration}`,
  unread: (count) => (plurals.select(count) === "one" ? `${count} new message` : `${count} new messages`),
  version: (version) => `v${version}`,
  reviewed: (date) => `reviewed ${date}`,
  left: (characters) => `Characters left: ${characters}`,
  slowDown: (seconds) => `You are sending very fast. Please wait ${seconds} s.`,
};

const zh: Words = {
  support: "客服",
  assistant: "智能助手",
  agent: "人工客服",
  you: "您",
  open: "打开客服对话",
  close: "关闭对话",
  conversation: "对话",
  compose: "请输入您的问题…",
  send: "发送",
  sending: "发送中…",
  queued: "等待网络连接",
  sent: "已发送",
  failed: "未发送 · 点击重发",
  person: "转人工",
  leave: "退出排队",
  withPerson: "人工客服正在为您服务",
  safety: "请勿向任何人透露密码、验证码或助记词，我们绝不会索取。",
  dismiss: "关闭提示",
  choices: "可选回复",
  article: "查看文章",
  justNow: "刚刚",
  typing: "正在输入",
  reconnecting: "连接已断开，正在重新连接…",
  offline: "您当前处于离线状态，恢复网络后消息会自动发送。",
  nobody: "当前无客服值班，位置为您保留",
  inLine: "正在等待人工客服",
  toNewest: "查看最新消息",
  problems: {
    too_large: "消息太长，请分几条发送。",
    bad_token: "之前的会话已过期，已为您开启新的会话。",
    too_many_connections: "打开的对话窗口过多，请关闭一些。",
    bad_attachment: "此消息的附件已失效，请重新添加。",
  },
  problem: "暂时无法连接客服，请重试。",
  place: (position) => `排在第 ${position} 位`,
  about: (duration) => `约 ${duration.replace(/(\d)(\D)/, "$1 $2")}`,
  unread: (count) => `${count} 条新消息`,
  version: (version) => `第 ${version} 版`,
  reviewed: (date) => `${date}审核`,
  left: (characters) => `还可输入 ${characters} 个字`,
  slowDown: (seconds) => `发送过于频繁，请等待 ${seconds} 秒。`,
};

const ja: Words = {
  support: "サポート",
  assistant: "アシスタント",
  agent: "サポート担当者",
  you: "あなた",
  open: "サポートチャットを開く",
  close: "チャットを閉じる",
  conversation: "会話",
  compose: "ご質問を入力…",
  send: "送信",
  sending: "送信中…",
  queued: "接続を待っています",
  sent: "送信済み",
  failed: "未送信 · タップして再送信",
  person: "担当者と話す",
  leave: "順番待ちをやめる",
  withPerson: "担当者が対応しています",
  safety: "パスワード、認証コード、シードフレーズは誰にも教えないでください。当社がお尋ねすることはありません。",
  dismiss: "閉じる",
  choices: "返信の候補",
  article: "記事を読む",
  justNow: "たった今",
  typing: "入力中",
  reconnecting: "接続が切れました。再接続しています…",
  offline: "オフラインです。メッセージは接続が戻り次第送信されます。",
  nobody: "担当者不在・順番は保持されます",
  inLine: "担当者を待っています",
  toNewest: "最新のメッセージへ",
  problems: {
    too_large: "メッセージが長すぎます。分けて送信してください。",
    bad_token: "以前のセッションは終了したため、新しく開始しました。",
    too_many_connections: "チャットを開いている画面が多すぎます。いくつか閉じてください。",
    bad_attachment: "添付ファイルの期限が切れました。もう一度添付してください。",
  },
  problem: "現在サポートに接続できません。もう一度お試しください。",
  place: (position) => `${position}番目`,
  about: (duration) => `約${duration.replace(" ", "")}`,
  unread: (count) => `新着メッセージ${count}件`,
  version: (version) => `第${version}版`,
  reviewed: (date) => `${date}確認`,
  left: (characters) => `残り${characters}文字`,
  slowDown: (seconds) => `送信が速すぎます。${seconds}秒お待ちください。`,
};

const ko: Words = {
  support: "고객 지원",
  assistant: "어시스턴트",
  agent: "상담원",
  you: "나",
  open: "고객 지원 채팅 열기",
  close: "채팅 닫기",
  conversation: "대화",
  compose: "무엇이든 물어보세요…",
  send: "보내기",
  sending: "보내는 중…",
  queued: "연결을 기다리는 중",
  sent: "보냄",
  failed: "전송 실패 · 눌러서 다시 보내기",
  person: "상담원 연결",
  leave: "대기 취소",
  withPerson: "상담원과 대화 중입니다",
  safety: "비밀번호, 인증 코드, 시드 문구를 누구에게도 알려 주지 마세요. 저희는 절대 요구하지 않습니다.",
  dismiss: "닫기",
  choices: "추천 답장",
  article: "문서 보기",
  justNow: "방금",
  typing: "입력 중",
  reconnecting: "연결이 끊겼습니다. 다시 연결하는 중…",
  offline: "오프라인 상태입니다. 연결되면 메시지를 보냅니다.",
  nobody: "근무 중인 상담원 없음 · 순서 유지",
  inLine: "상담원을 기다리는 중",
  toNewest: "최신 메시지로 이동",
  problems: {
    too_large: "메시지가 너무 깁니다. 나누어 보내 주세요.",
    bad_token: "이전 세션이 종료되어 새로 시작했습니다.",
    too_many_connections: "열려 있는 채팅 창이 너무 많습니다. 일부를 닫아 주세요.",
    bad_attachment: "첨부 파일이 만료되었습니다. 다시 첨부해 주세요.",
  },
  problem: "지금은 고객 지원에 연결할 수 없습니다. 다시 시도해 주세요.",
  place: (position) => `대기 ${position}번째`,
  about: (duration) => `약 ${duration}`,
  unread: (count) => `새 메시지 ${count}개`,
  version: (version) => `버전 ${version}`,
  reviewed: (date) => `${date} 검토`,
  left: (characters) => `${characters}자 남음`,
  slowDown: (seconds) => `너무 빠르게 보내고 있습니다. ${seconds}초 기다려 주세요.`,
};

export const WORDS: Readonly<Record<Language, Words>> = { en, zh, ja, ko };

/** Who answers now, in one line: "Assistant", "3rd in line · about 4 min", "Agent A". */
export function standingLine(standing: Standing, language: Language): string {
  const words = WORDS[language];
  switch (standing.status) {
    case "bot":
    case "resolved":
      return words.assistant;
    case "human":
      return standing.agent ?? words.agent;
    case "queued": {
      if (!standing.onDuty) return words.nobody;
      const place = standing.position === null ? words.inLine : words.place(standing.position);
      return standing.wait === null ? place : `${place} · ${words.about(wait(standing.wait, language))}`;
    }
  }
}

/** What went wrong, in the reader's words. */
export function problemLine(code: string, retryAfter: number | null, language: Language): string {
  const words = WORDS[language];
  if (code === "rate_limited") return words.slowDown(Math.max(1, Math.ceil(retryAfter ?? 0)));
  return words.problems[code] ?? words.problem;
}
