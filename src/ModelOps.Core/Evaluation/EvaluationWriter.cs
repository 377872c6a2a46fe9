using System.Text;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Evaluation.Judging;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Evaluation.Prompts;

namespace ModelOps.Core.Evaluation;

/// <summary>Writes <c>eval.json</c>; members stand in ordinal order.</summary>
internal static class EvaluationWriter
{
    public static byte[] Write(EvaluationReport report)
    {
        var json = new OrderedJsonWriter();
        json.Object(() =>
        {
            if (Files(report) is { Count: > 0 } files)
            {
                json.Name("arguments").Objects(files, file =>
                {
                    json.Name("digest").Text(file.Key);
                    json.Name("text").Text(file.Value);
                });
            }

            json.Name("confidence").Number(report.Confidence);
            json.Name("fields").Raw(report.Fields.ToCanonicalJson());
            json.Name("format").Number(EvaluationReport.CurrentFormat);
            json.Name("items").Objects(report.Items, item => Item(json, item));
            if (report.Judges.Count > 0)
            {
                json.Name("judges").Objects(report.Judges, judge => Judge(json, judge));
            }

            json.Name("key").Text(report.Key.ToString());
            if (report.Regression is { } regression)
            {
                json.Name("regression").Object(() =>
                {
                    json.Name("items").Objects(regression.Items, item => Item(json, item));
                    Subjects(json, [regression.Candidate, regression.Base]);
                });
            }

            json.Name("rows").Number(report.Items.Count);
            json.Name("steps").Objects(DecisionStep.Of(report), step => Step(json, step));
            Subjects(json, report.Subjects);
        });
        return [.. json.Written.Span, (byte)'\n'];
    }

    /// <summary>How a metric's argument stands in the file: the text of a file once for all, by its digest.</summary>
    public static string? ArgumentOf(MetricSpec spec) => spec.Argument is { } text && MetricRegistry.IsFile(spec.Name) ? DigestOf(text) : spec.Argument;

    public static string DigestOf(string text) => Digest.Of(Encoding.UTF8.GetBytes(text)).ToString();

    private static SortedDictionary<string, string> Files(EvaluationReport report)
    {
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        IEnumerable<SubjectReport> subjects = report.Regression is { } r ? [.. report.Subjects, r.Candidate, r.Base] : report.Subjects;
        foreach (string text in subjects.SelectMany(s => s.Metrics).Where(m => MetricRegistry.IsFile(m.Spec.Name)).Select(m => m.Spec.Argument).OfType<string>().Distinct(StringComparer.Ordinal))
        {
            files[DigestOf(text)] = text;
        }

        return files;
    }

    private static void Item(OrderedJsonWriter json, EvaluationItem item)
    {
        json.Name("id").Text(item.Id);
        json.Name("input").Text(item.Input);
        json.Name("reference").Text(item.Reference);
        json.Optional("slice", item.Slice);
    }

    private static void Judge(OrderedJsonWriter json, JudgeAgreement judge)
    {
        json.Name("counts").Array(judge.Counts, row => json.Array(row, count => json.Number((long)count)));
        json.Name("kappa").Number(judge.Kappa.Value);
        json.Name("labels").Array(judge.Labels, json.Text);
        json.Limit("lower", judge.Kappa.Interval.Lower);
        json.Name("minimum").Number(judge.Minimum);
        json.Name("n").Number(judge.Kappa.Cases);
        json.Name("name").Text(judge.Judge);
        json.Limit("upper", judge.Kappa.Interval.Upper);
    }

    // Computed from the subjects, so reading leaves it alone.
    private static void Step(OrderedJsonWriter json, DecisionStep step)
    {
        json.Name("completionTokens").Number(step.CompletionTokens);
        json.Optional("currency", step.Currency);
        json.Optional("gain", step.Gain);
        json.Optional("gainPerPrice", step.GainPerPrice);
        json.Optional("gainPerThousandPromptTokens", step.GainPerThousandPromptTokens);
        json.Optional("over", step.Over?.Subject);
        json.Name("promptTokens").Number(step.PromptTokens);
        json.Name("subject").Text(step.Subject);
        json.Name("technique").Text(StrictJson.Name(step.Technique));
        json.Optional("thousandRequests", step.Price);
        json.Name("value").Number(step.Value);
    }

    // Subjects do not know of each other, and are most of the file.
    private static void Subjects(OrderedJsonWriter json, IReadOnlyList<SubjectReport> subjects)
        => json.Name("subjects").Array(InParallel.Select(subjects, Subject), subject => json.Raw(subject.Span));

    private static ReadOnlyMemory<byte> Subject(SubjectReport subject)
    {
        var json = new OrderedJsonWriter();
        (string Name, IReadOnlyList<double> Rows)[] scores = [.. subject.Metrics.Select(m => (m.Spec.ToString(), m.RowScores)).OrderBy(m => m.Item1, StringComparer.Ordinal)];
        json.Object(() =>
        {
            json.Name("answers").Objects(Enumerable.Range(0, subject.Run.Answers.Count), row => Answer(json, subject.Run, row, scores));
            json.Optional("asked", subject.Run.Asked);
            json.Name("kind").Text(StrictJson.Name(subject.Run.Kind));
            json.Name("metrics").Objects(subject.Metrics, metric => Metric(json, metric));
            json.Name("name").Text(subject.Name);
            if (subject.Run.Price is { } price)
            {
                json.Name("price").Object(() =>
                {
                    json.Name("completionMillion").Number(price.CompletionMillion);
                    json.Name("currency").Text(price.Currency);
                    json.Name("promptMillion").Number(price.PromptMillion);
                });
            }

            if (subject.Run.Shots is { } shots)
            {
                json.Name("shots").Object(() => Shots(json, shots));
            }

            json.Name("technique").Text(StrictJson.Name(subject.Run.Technique));
        });
        return json.Written;
    }

    private static void Shots(OrderedJsonWriter json, FittedShots shots)
    {
        json.Name("chosen").Number(shots.Shots);
        json.Name("metric").Text(shots.Metric);
        json.Name("rows").Number(shots.Rows);
        json.Name("tried").Objects(shots.Tried, tried =>
        {
            json.Name("shots").Number(tried.Shots);
            json.Name("value").Number(tried.Value);
        });
    }

    private static void Metric(OrderedJsonWriter json, MetricValue metric)
    {
        json.Optional("argument", ArgumentOf(metric.Spec));
        json.Optional("field", metric.Spec.Field);
        json.Limit("lower", metric.Interval.Lower);
        json.Name("n").Number(metric.Rows);
        json.Name("name").Text(metric.Spec.Name);
        json.Name("slices").Objects(metric.Slices, slice =>
        {
            json.Limit("lower", slice.Interval.Lower);
            json.Name("n").Number(slice.Rows);
            json.Name("slice").Text(slice.Slice);
            json.Limit("upper", slice.Interval.Upper);
            json.Name("value").Number(slice.Value);
        });
        json.Limit("upper", metric.Interval.Upper);
        json.Name("value").Number(metric.Value);
    }

    private static void Answer(OrderedJsonWriter json, SubjectRun run, int row, (string Name, IReadOnlyList<double> Rows)[] scores)
    {
        SubjectAnswer answer = run.Answers[row];
        json.Name("completionTokens").Number(answer.CompletionTokens);
        json.Name("finish").Text(answer.Finish);
        json.Optional("likeliestTokens", answer.Score?.Likeliest);
        json.Optional("negativeLogLikelihood", answer.Score?.NegativeLogLikelihood);
        json.Name("promptTokens").Number(answer.PromptTokens);
        json.Optional("raw", answer.Raw);
        if (run.FurtherRepeats.Count > 0)
        {
            json.Name("repeats").Objects(run.FurtherRepeats.Select(repeat => repeat[row]), said => Said(json, said));
        }

        json.Optional("scoredTokens", answer.Score?.Tokens);
        json.Name("scores").Object(() =>
        {
            foreach ((string name, IReadOnlyList<double> rows) in scores)
            {
                json.Optional(name, double.IsNaN(rows[row]) ? null : rows[row]);
            }
        });
        json.Name("text").Text(answer.Text);
    }

    private static void Said(OrderedJsonWriter json, SubjectAnswer answer)
    {
        json.Name("completionTokens").Number(answer.CompletionTokens);
        json.Name("finish").Text(answer.Finish);
        json.Name("promptTokens").Number(answer.PromptTokens);
        json.Optional("raw", answer.Raw);
        json.Name("text").Text(answer.Text);
    }
}
