using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Making;

namespace ModelOps.Pipeline.Making;

/// <summary>Answers that a stronger model drafts and people review: asked once, decided on sheets, and only what was accepted becomes rows.</summary>
public static class ImportDrafts
{
    /// <returns>Null when a line cannot be read; the problems were reported.</returns>
    /// <exception cref="DiagnosticException"><c>MOPS1132</c>, <c>MOPS1133</c>, <c>MOPS1137</c> to <c>MOPS1139</c>, <c>MOPS1155</c>, or what the endpoint said.</exception>
    public static MakingResult? Run(MakingRequest request, DraftingRequest drafting, IStageLog log, CancellationToken cancellation)
    {
        MadeFile.RequireOurs(request.Output);
        string[] files = MakingSources.Files(request.Sources, ".jsonl");
        if (QuestionFile.Read(files, log) is not { } questions)
        {
            return null;
        }

        var rows = new MadeRows(files.FirstOrDefault() ?? request.Output, request.PersonalData);
        rows.PassOver("answered already", questions.Count(q => q.Answer is not null));
        IReadOnlyList<Question> asked = rows.MaySend(questions.Where(q => q.Answer is null), q => q.Texts, log);
        if (asked.Count == 0)
        {
            throw rows.Nothing();
        }

        var model = new DraftModel(drafting, log, cancellation);
        (IReadOnlyList<string?> texts, MadeModel who) = model.Ask([.. asked.Select(q => q.Prompt)]);
        rows.PassOver("cut or empty", texts.Count(t => t is null));

        Draft[] drafts = [.. asked.Zip(texts, (q, text) => text is null ? null : Draft.Of(q, text)).OfType<Draft>()];
        DraftDecisions decisions = DraftDecisions.Collect(drafts, request.Sheets);
        DraftCounts review = decisions.AddTo(rows, drafts, request.Unreviewed);
        var about = new MadeFrom("drafts", default, 0)
        {
            Inputs = [.. files.Concat(request.Sheets.Where(File.Exists)).Select(MadeInput.Of)],
            Model = who,
            Reviewers = decisions.Reviewers,
            Settings = model.AddTo(new KeyFields().Add("unreviewed", request.Unreviewed).Add("personalData", ImportLogs.Word(request.PersonalData))),
        };
        MadeFrom made = MadeFile.Write(request.Output, rows, about, log, mayBeEmpty: true);
        return new MakingResult(request.Output, made, $"{MakingSources.Rows(made.Rows)}: {Story(review, request)}", review);
    }

    internal static string Story(DraftCounts review, MakingRequest request)
        => $"{review.Accepted} drafts accepted, {review.Corrected} corrected, {review.Rejected} rejected, {review.Open} "
            + $"{(review.Open == 0 || !request.Unreviewed ? "not reviewed" : "taken unreviewed")}{(review.Open > 0 ? $" (review: {string.Join(", ", request.Sheets)})" : "")}";
}
