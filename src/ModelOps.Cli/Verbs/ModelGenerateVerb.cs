using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using ModelOps.Cli.Models;
using ModelOps.Core.Protocol;

namespace ModelOps.Cli.Verbs;

/// <summary><c>modelops model generate</c>: answers, with the decoding that evaluation uses unless told otherwise.</summary>
internal static class ModelGenerateVerb
{
    private static readonly DecodingOptions s_default = new();

    public static Command Create(Terminal terminal)
    {
        var options = new ModelOptions();
        Option<int> maxNewTokens = Number("--max-new-tokens", "Most tokens of an answer.", s_default.MaxNewTokens, value => value >= 1, "1 or more");
        Option<double> temperature = Number("--temperature", "0: greedy.", s_default.Temperature, value => value is >= 0 and <= 2, "0 to 2");
        Option<int> topK = Number("--top-k", "Keep the k likeliest tokens; 0: all.", s_default.TopK, value => value >= 0, "0 or more");
        Option<double> topP = Number("--top-p", "Keep the smallest set of tokens whose probability reaches p.", s_default.TopP, value => value is > 0 and <= 1, "more than 0, at most 1");
        Option<ulong> seed = Number("--seed", "Seed of the sampling.", s_default.Seed, _ => true, "");
        Option<int> repeats = Number("--repeats", "Independent answers to each prompt.", s_default.Repeats, value => value >= 1, "1 or more");
        Option<double> repetitionPenalty = Number("--repetition-penalty", "Makes tokens that were there already less likely; 1: does not.", s_default.RepetitionPenalty, value => value is > 0 and <= 100, "more than 0, at most 100");
        Option<int> topLogProbabilities = Number("--top-log-probabilities", "Likeliest tokens to show beside each token.", 0, value => value is >= 0 and <= 20, "0 to 20");
        var logProbabilities = new Option<bool>("--log-probabilities") { Description = "Show each answer's tokens and their log-probabilities." };
        var schema = new Option<FileInfo>("--json-schema") { Description = "A file with a JSON Schema that every answer satisfies.", HelpName = "file" };
        schema.AcceptExistingOnly();
        schema.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && File.Exists(token.Value) && !IsJson(token.Value))
            {
                result.AddError($"'{token.Value}' is not JSON.");
            }
        });
        Option<string[]> adapters = NamedAdapters();
        var stop = new Option<string[]>("--stop") { Description = "Text that ends an answer and is no part of it; may be given several times.", HelpName = "text" };

        Command command = options.AddTo(new Command("generate", "Answer each line's conversation; an answer that the line has already is left out first."), takesAdapter: true);
        foreach (Option option in new Option[] { maxNewTokens, temperature, topK, topP, repetitionPenalty, seed, repeats, stop, schema, adapters, logProbabilities, topLogProbabilities })
        {
            command.Add(option);
        }

        command.SetAction((result, cancellation) =>
        {
            ModelRun run = options.Read(result);
            var decoding = new DecodingOptions
            {
                MaxNewTokens = result.GetValue(maxNewTokens),
                Temperature = result.GetValue(temperature),
                TopK = result.GetValue(topK),
                TopP = result.GetValue(topP),
                RepetitionPenalty = result.GetValue(repetitionPenalty),
                JsonSchema = result.GetValue(schema) is { } file ? JsonElement.Parse(File.ReadAllText(file.FullName)) : null,
                LogProbabilities = result.GetValue(logProbabilities),
                TopLogProbabilities = result.GetValue(topLogProbabilities),
                Seed = result.GetValue(seed),
                Repeats = result.GetValue(repeats),
                Stop = result.GetValue(stop) ?? [],
            };
            string? adapter = options.Adapter(result);
            Dictionary<string, string>? named = Named(result.GetValue(adapters) ?? []);
            return Task.Run(
                () => run.Run(
                    command.Name,
                    named is null ? LineShape.Prompt : LineShape.AddressedPrompt,
                    (input, output) => new GenerateRequest { Model = run.Model, Adapter = adapter, Adapters = named, Quantization = run.Quantization, Input = input, Output = output, Decoding = decoding },
                    terminal,
                    cancellation),
                CancellationToken.None);
        });
        return command;
    }

    private static Option<string[]> NamedAdapters()
    {
        var option = new Option<string[]>("--adapter-for")
        {
            Description = "An adapter for the lines whose 'adapter' is this name; may be given several times.",
            HelpName = "name=folder",
        };
        option.Validators.Add(result =>
        {
            foreach (string value in result.Tokens.Select(t => t.Value).Where(v => v.IndexOf('=') is <= 0 || v.EndsWith('=')))
            {
                result.AddError($"'--adapter-for {value}' names no adapter; expected name=folder.");
            }

            foreach (var twice in result.Tokens.GroupBy(t => t.Value.Split('=')[0]).Where(g => g.Count() > 1))
            {
                result.AddError($"'--adapter-for' gives '{twice.Key}' twice.");
            }
        });
        return option;
    }

    /// <summary>Null: none, and what lines say about adapters is passed over like any other property.</summary>
    private static Dictionary<string, string>? Named(string[] values) => values.Length == 0
        ? null
        : values.Select(v => v.Split('=', 2)).ToDictionary(p => p[0], p => Path.GetFullPath(p[1]), StringComparer.Ordinal);

    private static bool IsJson(string path)
    {
        try
        {
            JsonElement.Parse(File.ReadAllText(path));
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static Option<T> Number<T>(string name, string description, T value, Func<T, bool> isGood, string expected)
        where T : struct, IParsable<T>
    {
        var option = new Option<T>(name) { Description = description, HelpName = "n", DefaultValueFactory = _ => value };
        option.Validators.Add(result =>
        {
            // What is no number at all is reported by the parser.
            if (result.Tokens is [var token] && T.TryParse(token.Value, CultureInfo.InvariantCulture, out T number) && !isGood(number))
            {
                result.AddError($"'{name} {token.Value}' is out of range; expected {expected}.");
            }
        });
        return option;
    }
}
