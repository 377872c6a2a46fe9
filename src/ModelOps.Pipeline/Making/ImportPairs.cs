using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Making;
using ModelOps.Core.Reviewing;

namespace ModelOps.Pipeline.Making;

/// <summary>Ratings of an evaluation's answers.</summary>
/// <param name="Ratings">The file that <c>review import</c> keeps.</param>
/// <param name="Question">Name of the question whose values count.</param>
public sealed record RatedAnswers(EvaluationReport Report, string Ratings, string Question);

/// <summary>Preference pairs from logs, scored answers, comparisons and ratings.</summary>
public static class ImportPairs
{
    /// <param name="margin">Least difference of two scores; of ratings as a share of their range.</param>
    /// <returns>Null when a line cannot be read; the problems were reported.</returns>
    /// <exception cref="DiagnosticException"><c>MOPS1132</c> to <c>MOPS1138</c>; no row was written.</exception>
    public static MakingResult? Run(MakingRequest request, RatedAnswers? rated, double margin, IStageLog log, CancellationToken cancellation)
    {
        MadeFile.RequireOurs(request.Output);
        string[] files = MakingSources.Files(request.Sources, ".jsonl");
        if (ExchangeLog.Read(files, log, cancellation) is not { } logs)
        {
            return null;
        }

        var rows = new MadeRows(files.FirstOrDefault() ?? request.Output, request.PersonalData);
        PairRows.AddTo(rows, logs.Exchanges);
        PairRows.AddTo(rows, logs.Rivals.Where(r => r.IsScored), margin);
        RivalAnswers[] open = [.. logs.Rivals.Where(r => !r.IsScored)];
        PairVotes votes = PairVotes.Collect(open, open.Length > 0 ? request.Sheets : []);
        PairRows.AddTo(rows, open, votes);
        ReviewFile? ratings = rated is null ? null : AddRated(rows, rated, margin, log);
        MadeFrom made = MadeFile.Write(request.Output, rows, About(request, files, rated, margin, votes, ratings), log, mayBeEmpty: open.Length > 0);
        string waiting = rows.PassedOver.GetValueOrDefault(PairRows.NotCompared) is > 0 and int wait && open.Length > 0 ? $"; {wait} wait on {string.Join(", ", request.Sheets)}" : "";
        return new MakingResult(request.Output, made, $"{made.Rows} {(made.Rows == 1 ? "pair" : "pairs")}{MakingSources.PassedOver(made.PassedOver)}{waiting}");
    }

    private static ReviewFile AddRated(MadeRows rows, RatedAnswers rated, double margin, IStageLog log)
    {
        ReviewFile ratings = ReviewFile.Parse(MakingSources.Text(rated.Ratings), rated.Ratings);
        ReviewAttribute question = ratings.Find(rated.Question) is { } found && found.Share(0) is not null ? found
            : throw MakingErrors.NoSuchQuestion(rated.Ratings, rated.Question, ratings.Attributes.Where(a => a.Share(0) is not null).Select(a => a.Name));
        int before = rows.Count;
        PairRows.AddTo(rows, rated.Report, ratings, question, margin, new SourceLocation(rated.Ratings));
        if (rows.Count > before)
        {
            log.Report(MakingErrors.HeldOutPairs(rated.Ratings, rows.Count - before));
        }

        return ratings;
    }

    private static MadeFrom About(MakingRequest request, string[] files, RatedAnswers? rated, double margin, PairVotes votes, ReviewFile? ratings)
    {
        KeyFields settings = new KeyFields().Add("margin", margin).Add("personalData", ImportLogs.Word(request.PersonalData));
        IEnumerable<string> raters = ratings is null ? [] : ratings.Ratings.Where(r => r.Attribute == rated!.Question).Select(r => r.Rater);
        return new MadeFrom("pairs", default, 0)
        {
            Inputs = [.. files.Concat(request.Sheets.Where(File.Exists)).Concat(rated is null ? [] : [rated.Ratings]).Select(MadeInput.Of)],
            Settings = rated is null ? settings : settings.Add("question", rated.Question).Add("evaluation", rated.Report.Key),
            Reviewers = [.. votes.Reviewers.Concat(raters).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
        };
    }
}
