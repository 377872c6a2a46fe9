namespace ModelOps.Core.Data;

/// <summary>What the checks of a whole set compare: a row without its text.</summary>
/// <param name="Prompt">First 64 bits of the SHA-256 of everything before the answer, as it is.</param>
/// <param name="Sketch">See <see cref="RowEntry"/>.</param>
/// <param name="Question">128 bits of the user's messages in lower case, runs of white space as one blank.</param>
/// <param name="Context">The same of all messages before the answer, with their roles.</param>
/// <param name="Answer">The same of the answer, of a pair both answers.</param>
/// <param name="QuestionWords">Words of the user's messages.</param>
/// <param name="AnswerWords">Words of the answer.</param>
internal readonly record struct RowFacts(ulong Prompt, ulong Sketch, UInt128 Question, ulong Context, ulong Answer, int QuestionWords, int AnswerWords);
