using System.Diagnostics;
using Microsoft.Extensions.AI;
using ModelOps.Engine.ChatTemplates;
using ModelOps.Engine.Generation;
using ModelOps.Runtime;

namespace ModelOps.Benchmarks.Groups;

/// <summary>What an app with a model package does, in a process of its own.</summary>
internal static class RuntimeVerb
{
    /// <summary><c>answer ADAPTER</c>: opens the package and says <c>token</c> with the first update of a stream, <c>done</c> with the last, and then waits for its input to end.</summary>
    public static Dictionary<string, double> Answer(string[] arguments)
    {
        AnswerAsync(arguments[0]).GetAwaiter().GetResult();
        return [];
    }

    private static async Task AnswerAsync(string adapter)
    {
        using ModelChatClient client = ModelChatClient.Open(adapter);
        bool first = true;
        await foreach (ChatResponseUpdate _ in client.GetStreamingResponseAsync(Prompt(0), new ChatOptions { MaxOutputTokens = 16 }))
        {
            if (first)
            {
                Console.WriteLine("token");
            }

            first = false;
        }

        Console.WriteLine("done");
        Console.In.ReadToEnd();
    }

    /// <summary><c>swap ADAPTER OTHER</c>: median <c>milliseconds</c> of a swap, from its files to the adapter being asked for.</summary>
    public static Dictionary<string, double> Swap(string[] arguments)
    {
        using var host = new ModelHost();
        using PackagedModel model = host.Open(arguments[0]);
        var milliseconds = new List<double>();
        for (int round = 0; round < 24; round++)
        {
            model.AnswerAsync(new ModelQuestion([new("user", Prompt(round))]) { MaxTokens = 2 }).GetAwaiter().GetResult();
            long started = Stopwatch.GetTimestamp();
            model.Swap(arguments[(round + 1) % 2]);
            milliseconds.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        return new() { ["milliseconds"] = Runner.Median([.. milliseconds[4..]]) };
    }

    /// <summary><c>batch BASE ADAPTER REQUESTS</c>: the engine's own batch over the prompts of the clients; <c>tokensPerSecond</c>.</summary>
    public static Dictionary<string, double> Batch(string[] arguments)
    {
        using ChatModel model = ChatModel.Open(arguments[0], arguments[1]);
        using var generator = new Generator(model.Model, model.Adapter);
        GenerationOptions options = model.Complete(new GenerationOptions { MaxNewTokens = RuntimePackages.NewTokens });
        GenerationPrompt[] prompts = [.. Enumerable.Range(0, int.Parse(arguments[2], System.Globalization.CultureInfo.InvariantCulture))
            .Select(i => new GenerationPrompt(model.EncodePrompt(ChatConversation.FromMessages([("user", Prompt(i))]))))];
        generator.Generate(prompts[..4], options with { MaxNewTokens = 8 });
        long started = Stopwatch.GetTimestamp();
        int tokens = generator.Generate(prompts, options).Sum(row => row.Tokens.Count);
        return new() { ["tokensPerSecond"] = tokens / Stopwatch.GetElapsedTime(started).TotalSeconds, ["tokens"] = tokens };
    }

    public static string Prompt(int number) => $"Ticket {number * 7919 % 10007}: the till prints nothing since this morning, and the display stays dark.";
}
