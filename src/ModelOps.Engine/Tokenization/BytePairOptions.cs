namespace ModelOps.Engine.Tokenization;

/// <param name="ByteLevel">Symbols are bytes in GPT-2's alphabet; else they are characters.</param>
/// <param name="IgnoreMerges">A part that is a token as a whole becomes that token.</param>
/// <param name="ByteFallback">A character outside the vocabulary becomes tokens such as <c>&lt;0xE2&gt;</c>.</param>
/// <param name="FuseUnknown">Neighbouring unknown characters become one unknown token.</param>
/// <param name="UnknownId">-1 for none: unknown characters are dropped.</param>
internal sealed record BytePairOptions(bool ByteLevel, bool IgnoreMerges, bool ByteFallback, bool FuseUnknown, int UnknownId);
