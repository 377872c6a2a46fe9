using System.Text;
using System.Text.Json;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Evaluation.Judging;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Evaluation.Prompts;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Protocol;

namespace ModelOps.Core.Evaluation;

/// <summary>Reads <c>eval.json</c> and checks what its parts say of each other; a <see cref="FormatException"/> names what is wrong.</summary>
internal static class EvaluationReader
{
    public static EvaluationReport Read(JsonElement json)
    {
        StrictJson.RequireFormat(json, EvaluationReport.CurrentFormat);
        EvaluationItem[] items = [.. json.Array("items").Select(ReadItem)];
        int rows = json.Int("rows");
        if (rows != items.Length || rows == 0)
        {
            throw new FormatException($"it says {rows} rows and has {items.Length}.");
        }

        IReadOnlyDictionary<string, string> files = ReadFiles(json);
        SubjectReport[] subjects = ReadSubjects(json, rows, files);
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
            Regression = json.Optional("regression") is { } regression ? ReadRegression(regression, files) : null,
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

    private static RegressionReport ReadRegression(JsonElement json, IReadOnlyDictionary<string, string> files)
    {
        EvaluationItem[] items = [.. json.Array("items").Select(ReadItem)];
        SubjectReport[] subjects = ReadSubjects(json, items.Length, files);
        return subjects is [{ Run.Kind: SubjectKind.Candidate } candidate, { Run.Kind: SubjectKind.Baseline } untuned] && items.Length > 0
            ? new RegressionReport(items, candidate, untuned)
            : throw new FormatException("'regression' is not rows, the candidate and the base model.");
    }

    private static EvaluationItem ReadItem(JsonElement json)
        => new(json.String("id"), [new PromptMessage("user", json.String("input"))], json.String("reference"), json.OptionalString("slice"));

    // Subjects do not know of each other, and are most of the file.
    private static SubjectReport[] ReadSubjects(JsonElement json, int rows, IReadOnlyDictionary<string, string> files)
        => InParallel.Select([.. json.Array("subjects")], subject => ReadSubject(subject, rows, files));

    /// <summary>Texts of files that metrics are made with, by digest.</summary>
    private static Dictionary<string, string> ReadFiles(JsonElement json)
    {
        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (JsonElement file in json.Optional("arguments") is null ? [] : json.Array("arguments"))
        {
            string digest = file.String("digest"), text = file.String("text");
            if (EvaluationWriter.DigestOf(text) != digest || !files.TryAdd(digest, text))
            {
                throw new FormatException($"the argument {digest} is there twice, or is not its text's digest.");
            }
        }

        return files;
    }

    private static SubjectReport ReadSubject(JsonElement json, int rows, IReadOnlyDictionary<string, string> files)
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
            Shots = json.Optional("shots") is { } shots ? ReadShots(shots) : null,
            Price = json.Optional("price") is { } price ? new TokenPrice(price.Number("promptMillion"), price.Number("completionMillion"), price.String("currency")) : null,
        };
        JsonElement[] scores = [.. answers.Select(a => a.Object("scores"))];
        MetricValue[] metrics = [.. json.Array("metrics").Select(m => ReadMetric(m, scores, files))];
        return new SubjectReport(run with { GivenScores = metrics.ToDictionary(m => m.Spec.ToString(), m => m.RowScores, StringComparer.Ordinal) }, metrics);
    }

    private static FittedShots ReadShots(JsonElement json) => new(
        json.Int("chosen"), json.String("metric"), json.Int("rows"),
        [.. json.Array("tried").Select(tried => (tried.Int("shots"), tried.Number("value")))]);

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

    private static MetricValue ReadMetric(JsonElement json, JsonElement[] scoresOfRows, IReadOnlyDictionary<string, string> files)
    {
        MetricSpec spec = ReadSpec(json, files);
        double value = json.Number("value");
        int rows = json.Int("n");
        byte[] name = Encoding.UTF8.GetBytes(spec.ToString());
        double[] scores = [.. scoresOfRows.Select(row => ReadRowScore(row, name))];
        int scored = scores.Count(s => !double.IsNaN(s));
        return rows == 0 || rows != scored
            ? throw new FormatException($"{spec} counts {rows} rows and has the scores of {scored}.")
            : new MetricValue(spec, value, json.Interval(value), rows, scores)
            {
                Slices = [.. json.Array("slices").Select(ReadSlice)],
            };
    }

    private static MetricSpec ReadSpec(JsonElement json, IReadOnlyDictionary<string, string> files)
    {
        string name = json.String("name");
        string? argument = json.OptionalString("argument");
        if (argument is not null && MetricRegistry.IsFile(name))
        {
            argument = files.TryGetValue(argument, out string? text) ? text : throw new FormatException($"the argument of {name} is not among 'arguments'.");
        }

        return new MetricSpec(name, json.OptionalString("field")) { Argument = argument };
    }

    private static double ReadRowScore(JsonElement scores, ReadOnlySpan<byte> metric)
        => !scores.TryGetProperty(metric, out JsonElement score) ? double.NaN
            : score.ValueKind == JsonValueKind.Number && score.TryGetDouble(out double value) && double.IsFinite(value) ? value
            : throw new FormatException($"'{Encoding.UTF8.GetString(metric)}' is not a finite number.");

    private static SliceValue ReadSlice(JsonElement json)
    {
        double value = json.Number("value");
        return new SliceValue(json.String("slice"), value, json.Interval(value), json.Int("n"));
    }
}
