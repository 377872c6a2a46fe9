using System.CommandLine;
using System.Globalization;
using System.Text;
using ModelOps.Cli.Projects;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Statistics;
using ModelOps.Core.Reporting;
using ModelOps.Core.Reviewing;
using ModelOps.Pipeline.Reporting;

namespace ModelOps.Cli.Verbs;

/// <summary><c>modelops review export|import|show</c>: people rate answers without knowing whose they are.</summary>
internal static class ReviewVerb
{
    private const string DefaultRatings = "reviews/ratings.jsonl";

    public static Command Create(Terminal terminal) => new("review", "Have people rate answers: sheets out, ratings in, agreement and scores.")
    {
        Export(terminal), Import(terminal), Show(terminal),
    };

    private static Command Export(Terminal terminal)
    {
        Argument<string> source = Source();
        var questions = new Option<string[]>("--question", "-q") { Description = "helpful=1..5, tone=rude,plain,kind (worst first) or topic=nominal a,b,c; repeatable.", DefaultValueFactory = _ => ["quality=1..5"] };
        var raters = new Option<string[]>("--rater", "-r") { Description = "A sheet for each; repeatable.", DefaultValueFactory = _ => ["a"] };
        var subjects = new Option<string[]>("--subject", "-s") { Description = "Whose answers; repeatable. Default: candidate, release and the best baseline." };
        var rows = new Option<int>("--rows") { Description = "So many rows by chance; 0: all.", DefaultValueFactory = _ => 50 };
        var seed = new Option<ulong>("--seed") { Description = "Of the choice and the orders.", DefaultValueFactory = _ => 1 };
        var output = new Option<string>("--output", "-o") { Description = "Folder of the sheets.", DefaultValueFactory = _ => "reviews" };
        Option<bool> json = Json();
        var command = new Command("export", "Write a CSV sheet per rater: answers without names, in an order of its own.") { source, questions, raters, subjects, rows, seed, output, json };
        command.SetAction(async (result, cancellation) =>
        {
            EvaluationReport report = (await ReportVerb.FindAsync(result.GetRequiredValue(source), terminal, cancellation).ConfigureAwait(false)).Input.Report;
            ReviewAttribute[] attributes = [.. result.GetRequiredValue(questions).Select(q => ReviewAttribute.TryParse(q) ?? throw ReviewErrors.BadQuestion(q))];
            ReviewItem[] all = [.. ReviewItem.Of(report, SubjectsOf(report, result.GetValue(subjects) ?? []))];
            IReadOnlyList<ReviewItem> items = ReviewSheet.Choose(all, result.GetValue(rows), result.GetValue(seed));
            string folder = Directory.CreateDirectory(result.GetRequiredValue(output)).FullName;
            var files = new List<string>();
            foreach (string rater in result.GetRequiredValue(raters).Distinct(StringComparer.Ordinal))
            {
                string file = Path.Combine(folder, $"review.{FileName(rater)}.csv");
                AtomicFile.Write(file, ReviewSheet.Write(items, attributes, rater, result.GetValue(seed)));
                files.Add(file);
            }

            terminal.Out.WriteLine(result.GetValue(json) ? JsonOutput.Of(new { verb = "review export", answers = items.Count, files })
                : string.Join('\n', files.Select(file => $"{file}: {items.Count} answers")));

            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Import(Terminal terminal)
    {
        var sheets = new Argument<string[]>("sheet") { Description = "Filled-in sheets; the rater is the word before .csv.", Arity = ArgumentArity.OneOrMore };
        Option<string> ratings = Ratings();
        Option<bool> json = Json();
        var command = new Command("import", "Add filled-in sheets to the project's file of ratings, and say how far the raters agree.") { sheets, ratings, json };
        command.SetAction(result =>
        {
            string file = Path.GetFullPath(result.GetRequiredValue(ratings));
            ReviewFile all = Load(file);
            foreach (string sheet in result.GetRequiredValue(sheets))
            {
                (IReadOnlyList<ReviewAttribute> attributes, IReadOnlyList<Rating> given) = ReviewSheet.Read(sheet, Text(sheet), RaterOf(sheet));
                all = all.With(attributes, given, sheet);
            }

            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            AtomicFile.WriteIfDifferent(file, all.Write());
            Print(terminal, "review import", file, all, [], result.GetValue(json));
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Show(Terminal terminal)
    {
        var sources = new Argument<string[]>("source")
        {
            Description = "Projects, obj/modelops folders or packages: versions side by side.", DefaultValueFactory = _ => ["."], Arity = ArgumentArity.ZeroOrMore,
        };
        Option<string> ratings = Ratings();
        Option<bool> json = Json();
        var command = new Command("show", "Agreement of the raters, and what every subject of one or several versions got.") { sources, ratings, json };
        command.SetAction(async (result, cancellation) =>
        {
            string file = Path.GetFullPath(result.GetRequiredValue(ratings));
            var versions = new List<ReportInput>();
            foreach (string source in result.GetRequiredValue(sources))
            {
                versions.Add((await ReportVerb.FindAsync(source, terminal, cancellation).ConfigureAwait(false)).Input);
            }

            Print(terminal, "review show", file, Load(file), versions, result.GetValue(json));
            return ExitCode.Ok;
        });
        return command;
    }

    private static void Print(Terminal terminal, string verb, string file, ReviewFile ratings, IReadOnlyList<ReportInput> versions, bool json)
    {
        ReviewSummary[] summaries = [.. ratings.Attributes.Select(a => ReviewSummary.Of(ratings, a))];
        ReviewScore[] scores = [.. versions.SelectMany(v => v.Report.Subjects.SelectMany(s => ratings.Attributes.Select(a => ReviewScore.Of(ratings, a, v, s)))).OfType<ReviewScore>()];
        if (json)
        {
            terminal.Out.WriteLine(JsonOutput.Of(new
            {
                verb,
                file,
                questions = summaries.Select(s => new { question = s.Attribute.ToString(), raters = s.Raters, answers = s.Items, alpha = s.Alpha, scale = s.Attribute.Scale.ToString().ToLowerInvariant() }),
                scores = scores.Select(s => new { version = s.Version, subject = s.Subject, question = s.Question, value = s.Value, lower = s.Interval.Lower, upper = s.Interval.Upper, n = s.Rows }),
            }));
            return;
        }

        foreach (ReviewSummary summary in summaries)
        {
            string alpha = summary.Alpha is { } a ? $"Krippendorff's alpha {Number(a)} ({summary.Attribute.Scale.ToString().ToLowerInvariant()})" : "no answer was rated by two raters";
            terminal.Out.WriteLine($"{ForeignText.Clean(summary.Attribute.ToString())}: {summary.Items} answers rated by {summary.Raters.Count} raters, {alpha}");
        }

        foreach (ReviewScore score in scores)
        {
            terminal.Out.WriteLine($"  {ForeignText.Clean(score.Version)}  {ForeignText.Clean(score.Subject)}  {ForeignText.Clean(score.Question)}  {Number(score.Value)} [{Number(score.Interval.Lower)}, {Number(score.Interval.Upper)}]  n = {score.Rows}");
        }
    }

    private static IEnumerable<SubjectReport> SubjectsOf(EvaluationReport report, IReadOnlyList<string> names)
    {
        if (names.Count > 0)
        {
            return names.Select(name => report.Subjects.FirstOrDefault(s => s.Name == name) ?? throw new DiagnosticException(CliErrors.NoSubject(name, report.Subjects.Select(s => s.Name))));
        }

        SubjectReport? best = report.Baselines.MaxBy(b => b.Find(Core.Evaluation.Metrics.MetricSpec.Primary)?.Value ?? 0);
        return ((SubjectReport?[])[report.Candidate, report.Released, best]).OfType<SubjectReport>();
    }

    private static ReviewFile Load(string file) => File.Exists(file) ? ReviewFile.Parse(Text(file), file) : ReviewFile.Empty;

    private static string Text(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new DiagnosticException(CliErrors.UnreadableInput(file, failure));
        }
    }

    private static string RaterOf(string sheet) => Path.GetFileNameWithoutExtension(sheet).Split('.')[^1];

    private static string FileName(string rater) => string.Concat(rater.Select(c => char.IsLetterOrDigit(c) || c is '-' or '_' ? c : '-'));

    private static string Number(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);

    private static Argument<string> Source() => new("source") { Description = "Project, obj/modelops folder or .nupkg.", DefaultValueFactory = _ => "." };

    private static Option<string> Ratings() => new("--ratings") { Description = $"The file of ratings; default {DefaultRatings}.", DefaultValueFactory = _ => DefaultRatings };

    private static Option<bool> Json() => new("--json") { Description = "Data as JSON on standard output; everything else goes to standard error." };

    /// <summary>What a subject of a version got for a question, as a share from worst to best.</summary>
    private sealed record ReviewScore(string Version, string Subject, string Question, double Value, Interval Interval, int Rows)
    {
        /// <summary>Null where nobody rated an answer of the subject, or the question has no order.</summary>
        public static ReviewScore? Of(ReviewFile ratings, ReviewAttribute attribute, ReportInput version, SubjectReport subject)
        {
            double[] scores = [.. ReviewSummary.ScoresOf(ratings, attribute, version.Report.Items, subject.Run).Where(s => !double.IsNaN(s))];
            return scores.Length == 0 ? null : new ReviewScore(
                version.Title, subject.Name, attribute.Name, scores.Average(), Bootstrap.Bca(SumStatistic.Mean(scores), ValueRange.Proportion), scores.Length);
        }
    }
}
