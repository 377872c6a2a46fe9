using System.Text;
using System.Text.Json;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Evaluation.Judging;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Protocol;

namespace ModelOps.Core.Evaluation;

/// <summary><c>eval.json</c>, format 2: <c>docs/formats/eval.md</c>.</summary>
public static class EvaluationJson
{
    /// <summary>The file's bytes: canonical JSON and a final newline; the same report gives the same bytes.</summary>
    public static byte[] Write(EvaluationReport report) => CanonicalWriter.File(json =>
    {
        json.WriteNumber("format", EvaluationReport.CurrentFormat);
        json.WriteString("key", report.Key.ToString());
        json.WriteNumber("rows", report.Items.Count);
        json.Figure("confidence", report.Confidence);
        json.WritePropertyName("fields");
        json.WriteRawValue(report.Fields.ToCanonicalJson());
        json.Array("items", report.Items, item => WriteItem(json, item));
        json.Array("subjects", report.Subjects, subject => WriteSubject(json, subject));
        json.Array("steps", DecisionStep.Of(report), step => WriteStep(json, step));
        if (report.Judges.Count > 0)
        {
            json.Array("judges", report.Judges, judge => WriteJudge(json, judge));
        }

        if (report.Regression is { } regression)
        {
            json.WriteStartObject("regression");
            json.Array("items", regression.Items, item => WriteItem(json, item));
            json.Array("subjects", [regression.Candidate, regression.Base], subject => WriteSubject(json, subject));
            json.WriteEndObject();
        }
    });

    /// <summary>Reads and checks a file; anything wrong with it is MOPS4009.</summary>
    public static EvaluationReport Read(string path)
        => StrictJson.ReadFile(path, Read, detail => EvaluationErrors.InvalidReport(path, detail));

    private static void WriteItem(Utf8JsonWriter json, EvaluationItem item)
    {
        json.WriteString("id", item.Id);
        json.WriteString("input", item.Input);
        json.WriteString("reference", item.Reference);
        json.OptionalString("slice", item.Slice);
    }

    private static void WriteJudge(Utf8JsonWriter json, JudgeAgreement judge)
    {
        json.WriteString("name", judge.Judge);
        json.WriteStartArray("labels");
        judge.Labels.ToList().ForEach(label => json.WriteStringValue(label));
        json.WriteEndArray();
        json.WriteStartArray("counts");
        foreach (IReadOnlyList<int> row in judge.Counts)
        {
            json.WriteStartArray();
            row.ToList().ForEach(count => json.WriteNumberValue(count));
            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.Figure("minimum", judge.Minimum);
        json.Figure("kappa", judge.Kappa.Value);
        json.Limits(judge.Kappa.Interval);
        json.WriteNumber("n", judge.Kappa.Cases);
    }

    // Computed from the subjects, so reading leaves it alone.
    private static void WriteStep(Utf8JsonWriter json, DecisionStep step)
    {
        json.WriteString("subject", step.Subject);
        json.WriteString("technique", StrictJson.Name(step.Technique));
        json.Figure("value", step.Value);
        json.Figure("promptTokens", step.PromptTokens);
        json.Figure("completionTokens", step.CompletionTokens);
        json.OptionalFigure("thousandRequests", step.Price);
        json.OptionalString("currency", step.Currency);
        json.OptionalString("over", step.Over?.Subject);
        json.OptionalFigure("gain", step.Gain);
        json.OptionalFigure("gainPerThousandPromptTokens", step.GainPerThousandPromptTokens);
        json.OptionalFigure("gainPerPrice", step.GainPerPrice);
    }

    private static void WriteSubject(Utf8JsonWriter json, SubjectReport subject)
    {
        json.WriteString("name", subject.Name);
        json.WriteString("kind", StrictJson.Name(subject.Run.Kind));
        json.WriteString("technique", StrictJson.Name(subject.Run.Technique));
        json.OptionalString("asked", subject.Run.Asked);
        if (subject.Run.Price is { } price)
        {
            json.WriteStartObject("price");
            json.Figure("promptMillion", price.PromptMillion);
            json.Figure("completionMillion", price.CompletionMillion);
            json.WriteString("currency", price.Currency);
            json.WriteEndObject();
        }

        json.Array("metrics", subject.Metrics, metric =>
        {
            json.WriteString("name", metric.Spec.Name);
            json.OptionalString("field", metric.Spec.Field);
            json.OptionalString("argument", metric.Spec.Argument);
            json.Figure("value", metric.Value);
            json.Limits(metric.Interval);
            json.WriteNumber("n", metric.Rows);
            json.Array("slices", metric.Slices, slice =>
            {
                json.WriteString("slice", slice.Slice);
                json.Figure("value", slice.Value);
                json.Limits(slice.Interval);
                json.WriteNumber("n", slice.Rows);
            });
        });
        json.Array("answers", subject.Run.Answers.Index(), answer => WriteAnswer(json, subject, answer.Index, answer.Item));
    }

    private static void WriteAnswer(Utf8JsonWriter json, SubjectReport subject, int row, SubjectAnswer answer)
    {
        WriteSaid(json, answer);
        if (subject.Run.FurtherRepeats.Count > 0)
        {
            json.Array("repeats", subject.Run.FurtherRepeats.Select(repeat => repeat[row]), said => WriteSaid(json, said));
        }

        if (answer.Score is { } score)
        {
            json.WriteNumber("scoredTokens", score.Tokens);
            json.Figure("negativeLogLikelihood", score.NegativeLogLikelihood);
            json.OptionalFigure("likeliestTokens", score.Likeliest);
        }

        json.WriteStartObject("scores");
        foreach (MetricValue metric in subject.Metrics.Where(m => !double.IsNaN(m.RowScores[row])))
        {
            json.Figure(metric.Spec.ToString(), metric.RowScores[row]);
        }

        json.WriteEndObject();
    }

    private static void WriteSaid(Utf8JsonWriter json, SubjectAnswer answer)
    {
        json.WriteString("text", answer.Text);
        json.OptionalString("raw", answer.Raw);
        json.WriteString("finish", answer.Finish);
        json.WriteNumber("promptTokens", answer.PromptTokens);
        json.WriteNumber("completionTokens", answer.CompletionTokens);
    }

    private static EvaluationReport Read(JsonElement json)
    {
        StrictJson.RequireFormat(json, EvaluationReport.CurrentFormat);
        EvaluationItem[] items = [.. json.Array("items").Select(ReadItem)];
        int rows = json.Int("rows");
        if (rows != items.Length || rows == 0)
        {
            throw new FormatException($"it says {rows} rows and has {items.Length}.");
        }

        SubjectReport[] subjects = [.. json.Array("subjects").Select(s => ReadSubject(s, rows))];
        if (subjects.Count(s => s.Run.Kind == SubjectKind.Candidate) != 1 || subjects.Count(s => s.Run.Kind == SubjectKind.Released) > 1
            || subjects.DistinctBy(s => s.Name).Count() != subjects.Length)
        {
            throw new FormatException("it must have exactly one candidate, one release at most, and subjects of different names.");
        }

        var report = new EvaluationReport
        {
            Fields = KeyFields.From(JsonTree.Parse(Encoding.UTF8.GetBytes(json.Object("fields").GetRawText())).Root),
            Confidence = json.Number("confidence"),
            Items = items,
            Subjects = subjects,
            Judges = json.Optional("judges") is null ? [] : [.. json.Array("judges").Select(ReadJudge)],
            Regression = json.Optional("regression") is { } regression ? ReadRegression(regression) : null,
        };
        return report.Key.ToString() == json.String("key") ? report : throw new FormatException("its key is not the key of its fields.");
    }

    private static JudgeAgreement ReadJudge(JsonElement json)
    {
        string[] labels = [.. json.Array("labels").Select(l => l.GetString() ?? throw new FormatException("a judge's label is no string."))];
        int[][] counts = [.. json.Array("counts").Select(row => row.EnumerateArray().Select(c => c.TryGetInt32(out int n) && n >= 0 ? n : throw new FormatException("a judge's count is none.")).ToArray())];
        return counts.Length == labels.Length && counts.All(row => row.Length == labels.Length) && counts.Sum(row => row.Sum()) > 0
            ? new JudgeAgreement(json.String("name"), labels, counts, json.Number("minimum"))
            : throw new FormatException("a judge's counts are no table of its labels.");
    }

    private static RegressionReport ReadRegression(JsonElement json)
    {
        EvaluationItem[] items = [.. json.Array("items").Select(ReadItem)];
        SubjectReport[] subjects = [.. json.Array("subjects").Select(s => ReadSubject(s, items.Length))];
        return subjects is [{ Run.Kind: SubjectKind.Candidate } candidate, { Run.Kind: SubjectKind.Baseline } untuned] && items.Length > 0
            ? new RegressionReport(items, candidate, untuned)
            : throw new FormatException("'regression' is not rows, the candidate and the base model.");
    }

    private static EvaluationItem ReadItem(JsonElement json)
        => new(json.String("id"), [new PromptMessage("user", json.String("input"))], json.String("reference"), json.OptionalString("slice"));

    private static SubjectReport ReadSubject(JsonElement json, int rows)
    {
        JsonElement[] answers = [.. json.Array("answers")];
        string name = json.String("name");
        if (answers.Length != rows)
        {
            throw new FormatException($"subject '{name}' has {answers.Length} answers for {rows} rows.");
        }

        SubjectAnswer[][] further = [.. answers.Select(a => a.Optional("repeats") is null ? [] : a.Array("repeats").Select(ReadAnswer).ToArray())];
        if (further.Any(f => f.Length != further[0].Length))
        {
            throw new FormatException($"subject '{name}' was asked about some rows more often than about others.");
        }

        var run = new SubjectRun(name, json.Choice<SubjectKind>("kind"), [.. answers.Select(ReadAnswer)])
        {
            FurtherRepeats = [.. Enumerable.Range(0, further.FirstOrDefault()?.Length ?? 0).Select(r => further.Select((row, i) => row[r] with { Score = ReadScore(answers[i]) }).ToArray())],
            Technique = json.Choice<SubjectTechnique>("technique"),
            Asked = json.OptionalString("asked"),
            Price = json.Optional("price") is { } price ? new TokenPrice(price.Number("promptMillion"), price.Number("completionMillion"), price.String("currency")) : null,
        };
        MetricValue[] metrics = [.. json.Array("metrics").Select(m => ReadMetric(m, answers))];
        return new SubjectReport(run with { GivenScores = metrics.ToDictionary(m => m.Spec.ToString(), m => m.RowScores, StringComparer.Ordinal) }, metrics);
    }

    private static SubjectAnswer ReadAnswer(JsonElement json) => new(
        json.String("text"), json.String("finish"), json.Int("promptTokens"), json.Int("completionTokens"), ReadScore(json)) { Raw = json.OptionalString("raw") };

    private static ReferenceScore? ReadScore(JsonElement json)
    {
        double? loss = json.OptionalNumber("negativeLogLikelihood");
        int tokens = loss is null ? 0 : json.Int("scoredTokens");
        if (loss is not null && tokens < 1)
        {
            throw new FormatException("'scoredTokens' is below 1.");
        }

        int? likeliest = json.Optional("likeliestTokens") is null ? null : json.Int("likeliestTokens");
        return loss is { } value ? new ReferenceScore(tokens, value) { Likeliest = likeliest } : null;
    }

    private static MetricValue ReadMetric(JsonElement json, JsonElement[] answers)
    {
        var spec = new MetricSpec(json.String("name"), json.OptionalString("field")) { Argument = json.OptionalString("argument") };
        double value = json.Number("value");
        int rows = json.Int("n");
        double[] scores = [.. answers.Select(a => a.Member("scores").OptionalNumber(spec.ToString()) ?? double.NaN)];
        return rows == 0 || rows != scores.Count(s => !double.IsNaN(s))
            ? throw new FormatException($"{spec} counts {rows} rows and has the scores of {scores.Count(s => !double.IsNaN(s))}.")
            : new MetricValue(spec, value, json.Interval(value), rows, scores)
            {
                Slices = [.. json.Array("slices").Select(ReadSlice)],
            };
    }

    private static SliceValue ReadSlice(JsonElement json)
    {
        double value = json.Number("value");
        return new SliceValue(json.String("slice"), value, json.Interval(value), json.Int("n"));
    }
}
