using System.Text.Json;
using System.Text.Json.Nodes;

namespace ModelOps.Conformance.Checks;

/// <summary>Log-likelihoods of given rows.</summary>
internal static class ScoreChecks
{
    public static IReadOnlyList<Check> All { get; } =
    [
        new("score", "The scores of rows are those of the model, in the rows' order.", bench => Score(bench, null)),
        new("score-with-adapter", "With an adapter they are those of the model with the adapter: it was applied, whole and scaled.", bench => Score(bench, bench.Adapter())),
        new("score-of-several-turns", "Of a row with several turns every word of the assistant is scored.", bench =>
        {
            (string, string)[] row = [("system", "be short"), .. Requests.Messages(0), .. Requests.Messages(1)];
            Compare(bench, null, [Requests.Line("many", row)], [ByteTokens.Render(row)]);
        }),
        new("quantised-score", "A model held quantised scores nearly as the model itself.", bench =>
        {
            string folder = bench.Folder();
            JsonObject request = Request(bench, folder, null, Requests.Answered(0, 2));
            request["quantization"] = "int8";
            using Execution run = bench.CompleteIfOffered(request, "quantization");
            double expected = -new ReferenceDecoder(bench.Model.Weights).Score(ByteTokens.Render(Requests.Messages(0))).Sum();
            Expect.Near(expected, Read(folder)[0].GetProperty("negativeLogLikelihood").GetDouble(), 0.05, "the score of a model held in int8");
        }),
    ];

    private static void Score(Workbench bench, string? adapter)
        => Compare(bench, adapter, Requests.Answered(0, Requests.Rows), [.. Enumerable.Range(0, Requests.Rows).Select(i => ByteTokens.Render(Requests.Messages(i)))]);

    private static void Compare(Workbench bench, string? adapter, IEnumerable<JsonObject> lines, (int[] Tokens, bool[] Scored)[] rows)
    {
        string folder = bench.Folder();
        JsonObject[] asked = [.. lines];
        using Execution run = bench.Complete(Request(bench, folder, adapter, asked));
        JsonElement[] scores = Read(folder);
        Expect.That(scores.Select(s => s.GetProperty("id").GetString()).SequenceEqual(asked.Select(a => (string?)a["id"])), "the scores are not in the rows' order");
        var decoder = new ReferenceDecoder(bench.Model.Weights, adapter is null ? null : AdapterOutput.Read(adapter, Requests.Rank, Requests.Alpha, Requests.Targets));
        for (int i = 0; i < rows.Length; i++)
        {
            double[] expected = decoder.Score(rows[i]), found = [.. scores[i].GetProperty("logProbabilities").EnumerateArray().Select(p => p.GetDouble())];
            Expect.That(scores[i].GetProperty("ids").EnumerateArray().Select(t => t.GetInt32()).SequenceEqual(rows[i].Tokens.Where((_, t) => rows[i].Scored[t])), $"row {i}: other tokens were scored than the assistant's");
            Expect.Equal(expected.Length, scores[i].GetProperty("tokens").GetInt32(), $"tokens of row {i}");
            for (int t = 0; t < expected.Length; t++)
            {
                Expect.Near(expected[t], found[t], bench.Tolerance, $"the log-probability of scored token {t} of row {i}");
            }

            Expect.Near(-expected.Sum(), scores[i].GetProperty("negativeLogLikelihood").GetDouble(), bench.Tolerance, $"negativeLogLikelihood of row {i}");
        }
    }

    private static JsonObject Request(Workbench bench, string folder, string? adapter, IEnumerable<JsonObject> lines) => Requests.Of(
        bench, "score", ("adapter", adapter), ("input", bench.Lines(folder, "rows.jsonl", lines)), ("output", Path.Combine(folder, "scores.jsonl")), ("perToken", true));

    private static JsonElement[] Read(string folder) => [.. File.ReadLines(Path.Combine(folder, "scores.jsonl")).Select(l => JsonElement.Parse(l))];
}
