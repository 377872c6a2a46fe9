using System.Text.Json;
using ModelOps.Core.Evaluation.Metrics;

namespace ModelOps.Core.Evaluation.Floors;

/// <summary>What can be answered without any model. Who does not beat these has nothing.</summary>
public static class FloorSubjects
{
    /// <summary>Names of floors begin with this, and no other subject's name does.</summary>
    public const string Prefix = "floor:";

    /// <summary>
    /// <c>floor:majority</c>, <c>floor:nearest</c>, and for JSON answers of one shape <c>floor:majority-fields</c> where it differs from the first.
    /// The order of the training rows decides ties of the nearest row, so give them in canonical order.
    /// </summary>
    public static IReadOnlyList<SubjectRun> Of(IReadOnlyList<TrainingExample> training, IReadOnlyList<EvaluationItem> items)
    {
        if (training.Count == 0)
        {
            throw new ArgumentException("Floors need training rows.", nameof(training));
        }

        string majority = MajorityAnswer(training.Select(t => t.Answer));
        var floors = new List<SubjectRun> { Constant("majority", majority, items) };
        if (MajorityFields([.. training.Select(t => t.Answer)]) is { } fields && !ExactMatch.IsMatch(majority, fields))
        {
            floors.Add(Constant("majority-fields", fields, items));
        }

        var index = new Bm25Index(training.Select(t => t.Input));
        SubjectAnswer[] nearest = InParallel.Select(items, item => new SubjectAnswer(NearestAnswer(index, training, item.Input, majority)));
        floors.Add(new SubjectRun(Prefix + "nearest", SubjectKind.Floor, nearest));
        return floors;
    }

    /// <summary>The most frequent answer, white space at its ends aside; the ordinally first one of a tie.</summary>
    public static string MajorityAnswer(IEnumerable<string> answers)
        => answers.GroupBy(a => a.Trim(), StringComparer.Ordinal).OrderByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal).First().Key;

    /// <summary>
    /// A JSON object of every field's most frequent value; null unless all answers are JSON objects with the same fields. It is the fair floor of a
    /// single field: the most frequent whole answer need not hold the most frequent value.
    /// </summary>
    public static string? MajorityFields(IReadOnlyList<string> answers)
    {
        JsonElement?[] objects = [.. answers.Select(JsonText.TryParseObject)];
        if (objects.Length == 0 || objects.Any(o => o is null))
        {
            return null;
        }

        string[] names = [.. objects[0]!.Value.EnumerateObject().Select(p => p.Name)];
        var shape = new HashSet<string>(names, StringComparer.Ordinal);
        if (names.Length == 0 || !objects.All(o => shape.SetEquals(o!.Value.EnumerateObject().Select(p => p.Name))))
        {
            return null;
        }

        IEnumerable<string> members = names.Select(name =>
            JsonSerializer.Serialize(name) + ":" + MajorityAnswer(objects.Select(o => o!.Value.GetProperty(name).GetRawText())));
        return "{" + string.Join(',', members) + "}";
    }

    /// <summary>The answer of the training row most like the input; the majority's where no row shares a word with it.</summary>
    private static string NearestAnswer(Bm25Index index, IReadOnlyList<TrainingExample> training, string input, string majority)
        => index.Search(input, 1) is [var (document, _)] ? training[document].Answer : majority;

    private static SubjectRun Constant(string name, string answer, IReadOnlyList<EvaluationItem> items)
        => new(Prefix + name, SubjectKind.Floor, [.. items.Select(_ => new SubjectAnswer(answer))]);
}
