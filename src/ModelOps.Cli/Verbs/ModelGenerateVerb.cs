using System.CommandLine;
using System.Globalization;
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
        var stop = new Option<string[]>("--stop") { Description = "Text that ends an answer and is no part of it; may be given several times.", HelpName = "text" };

        Command command = options.AddTo(new Command("generate", "Answer each line's conversation; an answer that the line has already is left out first."), takesAdapter: true);
        foreach (Option option in new Option[] { maxNewTokens, temperature, topK, topP, seed, repeats, stop })
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
                Seed = result.GetValue(seed),
                Repeats = result.GetValue(repeats),
                Stop = result.GetValue(stop) ?? [],
            };
            string? adapter = options.Adapter(result);
            return Task.Run(
                () => run.Run(
                    command.Name,
                    LineShape.Prompt,
                    (input, output) => new GenerateRequest { Model = run.Model, Adapter = adapter, Quantization = run.Quantization, Input = input, Output = output, Decoding = decoding },
                    terminal,
                    cancellation),
                CancellationToken.None);
        });
        return command;
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
