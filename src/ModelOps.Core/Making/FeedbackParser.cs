using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Making;

/// <summary>What a line of a log says of its answer: <c>feedback</c> or <c>rating</c>, there or in <c>metadata</c>, a word or an object, and a correction.</summary>
internal static class FeedbackParser
{
    /// <exception cref="DiagnosticException"><c>MOPS1131</c>: it says neither.</exception>
    public static GivenFeedback Read(JsonItem root, Func<int, SourceLocation> at)
    {
        JsonItem? metadata = Member(root, "metadata"), said = Member(root, "feedback") ?? Member(root, "rating") ?? Member(metadata, "feedback") ?? Member(metadata, "rating");
        JsonItem? correction = Correction(root) ?? (metadata is { } more ? Correction(more) : null);
        if (said is { Kind: JsonKind.Object } both)
        {
            correction = Correction(both) ?? correction;
            said = Member(both, "rating") ?? Member(both, "value") ?? Member(both, "thumbs");
        }

        Feedback feedback = said is { } word ? WordOf(word, at) : Feedback.None;
        return new GivenFeedback(feedback, correction is { Kind: JsonKind.String } text && !string.IsNullOrWhiteSpace(text.GetString()) ? new PlacedText(at(text.Offset), text.GetString()) : null);
    }

    private static JsonItem? Correction(JsonItem item) => Member(item, "correction") ?? Member(item, "corrected") ?? Member(item, "corrected_answer");

    private static Feedback WordOf(JsonItem said, Func<int, SourceLocation> at) => said.Kind switch
    {
        JsonKind.Null => Feedback.None,
        JsonKind.True => Feedback.Up,
        JsonKind.False => Feedback.Down,
        JsonKind.Number when said.GetDouble() is 1 or -1 => said.GetDouble() > 0 ? Feedback.Up : Feedback.Down,
        JsonKind.String => said.GetString().Trim().ToLowerInvariant().Replace('-', '_').Replace(' ', '_') switch
        {
            "up" or "thumbs_up" or "thumbsup" or "positive" or "good" or "like" or "liked" or "accept" or "accepted" or "yes" or "1" or "\U0001F44D" => Feedback.Up,
            "down" or "thumbs_down" or "thumbsdown" or "negative" or "bad" or "dislike" or "disliked" or "reject" or "rejected" or "no" or "_1" or "\U0001F44E" => Feedback.Down,
            "" or "none" => Feedback.None,
            var other => throw new DiagnosticException(MakingErrors.NoFeedback(at(said.Offset), $"'{other}'")),
        },
        _ => throw new DiagnosticException(MakingErrors.NoFeedback(at(said.Offset), $"a JSON {said.Kind.ToString().ToLowerInvariant()}")),
    };

    private static JsonItem? Member(JsonItem? item, string name) => item is { } there && there.TryGet(name, out JsonItem value) ? value : null;
}
