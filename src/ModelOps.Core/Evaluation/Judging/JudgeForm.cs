using System.Text.Json;
using System.Text.Json.Nodes;
using ModelOps.Core.Evaluation.Metrics;

namespace ModelOps.Core.Evaluation.Judging;

/// <summary>What a judge has to answer, and what that means as a score from 0 to 1.</summary>
/// <param name="Criteria">Names of a rubric's criteria; empty for a comparison.</param>
/// <param name="Marks">The largest mark of a criterion, 2 or more; 1 is the smallest.</param>
public sealed record JudgeForm(JudgeKind Kind, IReadOnlyList<string> Criteria, int Marks)
{
    /// <summary>The member of a comparison's answer, and its words.</summary>
    public const string Better = "better", First = "A", Second = "B", Tie = "tie";

    /// <summary>A JSON Schema of every valid answer, for judges whose decoding can be constrained.</summary>
    public JsonElement Schema()
    {
        IEnumerable<KeyValuePair<string, JsonNode?>> members = Kind == JudgeKind.Pairwise
            ? [new(Better, OneOf(First, Second, Tie))]
            : Criteria.Select(c => new KeyValuePair<string, JsonNode?>(c, OneOf([.. Enumerable.Range(1, Marks).Select(mark => (JsonNode)mark)])));
        var properties = new JsonObject(members);
        var schema = new JsonObject
        {
            ["type"] = "object",
            ["properties"] = properties,
            ["required"] = new JsonArray([.. properties.Select(p => (JsonNode)p.Key)]),
            ["additionalProperties"] = false,
        };
        return JsonSerializer.SerializeToElement(schema);
    }

    /// <summary>
    /// The score of what a judge said: the last JSON object of the text, so that a judge may reason before it. Of a rubric the mean of (mark − 1) /
    /// (largest − 1); of a comparison 1 for A, 0 for B, ½ for a tie. Null where the text holds no such answer.
    /// </summary>
    public double? Score(string said)
    {
        if (LastObject(said) is not { } answer)
        {
            return null;
        }

        if (Kind == JudgeKind.Pairwise)
        {
            return JsonText.Property(answer, Better) is not { ValueKind: JsonValueKind.String } better ? null
                : better.GetString() switch { First => 1, Second => 0, Tie => 0.5, _ => null };
        }

        double sum = 0;
        foreach (string criterion in Criteria)
        {
            if (JsonText.Property(answer, criterion) is not { ValueKind: JsonValueKind.Number } mark || !mark.TryGetDouble(out double value) || value < 1 || value > Marks)
            {
                return null;
            }

            sum += (value - 1) / (Marks - 1);
        }

        return sum / Criteria.Count;
    }

    /// <summary>One score of two comparisons with the sides swapped: who wins only where it stands first, or only where it stands second, has not won.</summary>
    /// <param name="first">With the answer as A.</param>
    /// <param name="swapped">With the answer as B.</param>
    public static double Both(double first, double swapped) => (first + (1 - swapped)) / 2 is var mean && (mean is 0 or 1) ? mean : 0.5;

    private static JsonObject OneOf(params JsonNode[] values) => new() { ["enum"] = new JsonArray([.. values]) };

    private static JsonElement? LastObject(string text)
    {
        for (int at = text.LastIndexOf('{'); at >= 0; at = at == 0 ? -1 : text.LastIndexOf('{', at - 1))
        {
            int end = text.LastIndexOf('}');
            if (end > at && JsonText.TryParseObject(text[at..(end + 1)]) is { } json)
            {
                return json;
            }
        }

        return null;
    }
}
