using System.Text.Json;
using System.Text.Json.Nodes;

namespace ModelOps.Conformance.Checks;

/// <summary>Answers to prompts.</summary>
internal static class AnswerChecks
{
    private const int Prompts = 4, Longest = 12;

    public static IReadOnlyList<Check> All { get; } =
    [
        new("generate", "Greedy answers are those of the model, one for each prompt and repeat, in order.", bench => Greedy(bench, null)),
        new("generate-with-adapter", "With an adapter they are those of the model with the adapter.", bench => Greedy(bench, bench.Adapter())),
        new("log-probabilities", "Tokens come with the log-probabilities of the model, and the likeliest ones beside them.", LogProbabilities),
        new("sampling", "A sampled answer depends on seed, prompt and repeat, and on no other row.", Sampling),
        new("adapters-by-name", "Prompts choose among the adapters of a request, and an answer is the same alone and among others.", AdaptersByName),
        new("stop-string", "A stop string ends an answer and is no part of it.", StopString),
        new("json-schema", "An answer under a JSON schema satisfies it.", Schema),
    ];

    private static void Greedy(Workbench bench, string? adapter)
    {
        string folder = bench.Folder();
        using Execution run = bench.Complete(Requests.Generate(bench, folder, adapter, Requests.Asked(Prompts), ("repeats", 2)));
        JsonElement[] answers = Read(folder);
        Expect.Equal(2 * Prompts, answers.Length, "the number of answers");
        var decoder = Decoder(bench, adapter);
        for (int i = 0; i < answers.Length; i++)
        {
            Expect.Equal($"p{i / 2}", answers[i].GetProperty("id").GetString(), $"id of answer {i}");
            Expect.Equal(i % 2, answers[i].GetProperty("repeat").GetInt32(), $"repeat of answer {i}");
            Expect.That(answers[i].GetProperty("milliseconds").GetDouble() >= 0, "an answer took less than no time");
            int[] prompt = ByteTokens.Prompt(Requests.Question(i / 2));
            Expect.Equal(prompt.Length, answers[i].GetProperty("promptTokens").GetInt32(), $"promptTokens of answer {i}");
            ExpectGreedy(decoder, prompt, answers[i]);
        }
    }

    private static void ExpectGreedy(ReferenceDecoder decoder, int[] prompt, JsonElement answer)
    {
        var tokens = new List<int>(prompt);
        while (tokens.Count < prompt.Length + Longest)
        {
            double[] following = decoder.LogProbabilities([.. tokens])[^1];
            double[] best = [.. following.OrderDescending().Take(2)];
            if (best[0] - best[1] < 1e-3)
            {
                return; // Too near to call in another precision.
            }

            int token = Array.IndexOf(following, best[0]);
            if (token == ByteTokens.EndOfTurn)
            {
                break;
            }

            tokens.Add(token);
        }

        int count = tokens.Count - prompt.Length;
        Expect.Equal(count, answer.GetProperty("completionTokens").GetInt32(), "completionTokens");
        Expect.Equal(count == Longest ? "length" : "stop", answer.GetProperty("finish").GetString(), "finish");
        Expect.Equal(ByteTokens.Text(tokens.Skip(prompt.Length)), answer.GetProperty("text").GetString(), "the text of a greedy answer");
    }

    private static void LogProbabilities(Workbench bench)
    {
        string folder = bench.Folder();
        using Execution run = bench.Complete(Requests.Generate(bench, folder, null, Requests.Asked(2), ("topLogProbabilities", 3), ("temperature", 1), ("topK", 5)));
        foreach (JsonElement answer in Read(folder))
        {
            var tokens = new List<int>(ByteTokens.Prompt(Requests.Question(int.Parse(answer.GetProperty("id").GetString()![1..], System.Globalization.CultureInfo.InvariantCulture))));
            foreach (JsonElement token in answer.GetProperty("tokens").EnumerateArray())
            {
                double[] following = Decoder(bench, null).LogProbabilities([.. tokens])[^1];
                int id = token.GetProperty("id").GetInt32();
                Expect.Near(following[id], token.GetProperty("logProbability").GetDouble(), bench.Tolerance, "the log-probability of a sampled token");
                double[] top = [.. token.GetProperty("top").EnumerateArray().Select(t => t.GetProperty("logProbability").GetDouble())];
                Expect.Equal(3, top.Length, "the number of likeliest tokens");
                Expect.Near(following.Max(), top[0], bench.Tolerance, "the log-probability of the likeliest token");
                Expect.That(Array.FindAll(following, p => p > following[id]).Length < 5, "with topK 5 a token was drawn that is none of the five likeliest");
                tokens.Add(id);
            }
        }
    }

    private static void Sampling(Workbench bench)
    {
        string[] Texts(IEnumerable<JsonObject> prompts, int seed)
        {
            string folder = bench.Folder();
            using Execution run = bench.Complete(Requests.Generate(bench, folder, null, prompts, ("temperature", 1), ("seed", seed), ("repeats", 3)));
            return [.. Read(folder).OrderBy(a => a.GetProperty("id").GetString(), StringComparer.Ordinal).ThenBy(a => a.GetProperty("repeat").GetInt32()).Select(a => a.GetProperty("text").GetString()!)];
        }

        string[] first = Texts(Requests.Asked(3), 1);
        Expect.That(first.SequenceEqual(Texts(Requests.Asked(3).Reverse(), 1)), "the order of the prompts changes sampled answers");
        Expect.That(first.Take(3).SequenceEqual(Texts(Requests.Asked(1), 1)), "a sampled answer is another one when the prompt stands alone");
        Expect.That(!first.SequenceEqual(Texts(Requests.Asked(3), 2)), "the seed changes nothing");
        Expect.That(first.Distinct().Count() > 1, "nothing is drawn at temperature 1");
    }

    private static void AdaptersByName(Workbench bench)
    {
        JsonObject[] prompts = [.. Requests.Asked(2), .. Requests.Asked(2)];
        prompts[0]["adapter"] = "tuned";
        prompts[3]["adapter"] = "tuned";
        string[] Answers(params JsonObject[] some)
        {
            string folder = bench.Folder();
            JsonObject request = Requests.Generate(bench, folder, null, some.Select(s => s.DeepClone().AsObject()));
            request["adapters"] = new JsonObject { ["tuned"] = bench.Adapter() };
            using Execution run = bench.Complete(request);
            return [.. Read(folder).Select(a => a.GetProperty("text").GetString()!)];
        }

        string[] together = Answers(prompts);
        Expect.That(together.SequenceEqual(prompts.SelectMany(p => Answers(p))), "an answer is another one among rows of other adapters");
        ExpectGreedyText(Decoder(bench, bench.Adapter()), 0, together[0]);
        ExpectGreedyText(Decoder(bench, null), 1, together[1]);
    }

    private static void ExpectGreedyText(ReferenceDecoder decoder, int row, string text)
    {
        int first = Array.IndexOf(decoder.LogProbabilities(ByteTokens.Prompt(Requests.Question(row)))[^1], decoder.LogProbabilities(ByteTokens.Prompt(Requests.Question(row)))[^1].Max());
        Expect.That(first >= 128 || first == ByteTokens.EndOfTurn || text.StartsWith((char)first), $"the answer to row {row} does not begin as the model's, which is not the one that was asked");
    }

    private static void StopString(Workbench bench)
    {
        string Answer(params (string, JsonNode?)[] decoding)
        {
            string folder = bench.Folder();
            using Execution run = bench.Complete(Requests.Generate(bench, folder, bench.Adapter(), Requests.Asked(1), decoding));
            return Read(folder)[0].GetProperty("text").GetString()!;
        }

        string whole = Answer();
        if (whole.Length < 3)
        {
            throw new NotOfferedException($"the adapter's answer '{whole}' is too short to be stopped in");
        }

        string stop = whole.Substring(1, 1);
        string cut = Answer(("stop", new JsonArray(stop)));
        Expect.Equal(whole[..whole.IndexOf(stop, StringComparison.Ordinal)], cut, "the answer before the stop string");
    }

    private static void Schema(Workbench bench)
    {
        string folder = bench.Folder();
        JsonObject schema = JsonNode.Parse("""{"type":"object","properties":{"answer":{"enum":["yes","no"]}},"required":["answer"],"additionalProperties":false}""")!.AsObject();
        using Execution run = bench.CompleteIfOffered(
            Requests.Generate(bench, folder, null, Requests.Asked(2), ("maxNewTokens", 60), ("jsonSchema", schema), ("temperature", 1)), "jsonSchema");
        foreach (JsonElement answer in Read(folder))
        {
            string text = answer.GetProperty("text").GetString()!;
            Expect.That(JsonElement.Parse(text).GetProperty("answer").GetString() is "yes" or "no", $"the answer '{text}' does not satisfy the schema");
        }
    }

    private static ReferenceDecoder Decoder(Workbench bench, string? adapter)
        => new(bench.Model.Weights, adapter is null ? null : AdapterOutput.Read(adapter, Requests.Rank, Requests.Alpha, Requests.Targets));

    private static JsonElement[] Read(string folder) => [.. File.ReadLines(Path.Combine(folder, "answers.jsonl")).Select(l => JsonElement.Parse(l))];
}
