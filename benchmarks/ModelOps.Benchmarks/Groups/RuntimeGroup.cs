using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using ModelOps.Core.Protocol;

namespace ModelOps.Benchmarks.Groups;

/// <summary>A model package in an app, and behind <c>dotnet modelops serve</c>.</summary>
internal static class RuntimeGroup
{
    private const int Clients = 16, Requests = 64;

    public static IEnumerable<Measure> Measures(string root)
    {
        Action prepare = () =>
        {
            // What an app reads once, as after its first start.
            Environment.SetEnvironmentVariable("MODELOPS_HOME", Path.Combine(Scratch.Folder, "home"));
            RuntimePackages.Adapter(1);
        };
        yield return new Measure("runtime/first-token", "s", "<=", 1, FirstToken, () => 1.0) { Prepare = prepare };
        yield return new Measure("runtime/swap", "ms", "<=", 1, () => EngineProcess.Run("swap", RuntimePackages.Adapter(1), RuntimePackages.Adapter(2))["milliseconds"], () => 5.0) { Prepare = prepare, Pairs = 5 };
        (double first, double second) memory = default;
        yield return new Measure("runtime/shared-memory", "MB", "<=", 0.2, () => (memory = Memory()).second, () => (memory.first > 0 ? memory : memory = Memory()).first)
        {
            Prepare = prepare,
            Missing = () => File.Exists("/proc/self/smaps_rollup") ? null : "the system tells no proportional memory",
        };
        string server = Path.Combine(root, "src", "ModelOps.Serve", "bin", "Release", "net10.0", "ModelOps.Serve.dll");
        yield return new Measure("runtime/serve", "tokens/s", ">=", 0.9, () => Serve(server), EngineBatch) { Prepare = prepare, Pairs = 5 };
    }

    /// <summary>From starting a process to the first token that it says, with the defaults of any app.</summary>
    private static double FirstToken()
    {
        string adapter = RuntimePackages.Adapter(1);
        long started = Stopwatch.GetTimestamp();
        using Process app = App(adapter);
        Expect(app, "token");
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        End(app);
        return seconds;
    }

    /// <summary>MB: what the first process takes alone, and what a second one adds to that (proportional set size, /proc).</summary>
    private static (double First, double Second) Memory()
    {
        using Process first = App(RuntimePackages.Adapter(1));
        Expect(first, "done");
        double alone = ProportionalBytes(first);
        using Process second = App(RuntimePackages.Adapter(2));
        Expect(second, "done");
        double both = ProportionalBytes(first) + ProportionalBytes(second);
        End(first);
        End(second);
        return (alone / 1e6, (both - alone) / 1e6);
    }

    private static double EngineBatch() => EngineProcess.Run(
        "batch", RuntimePackages.BaseFolder, RuntimePackages.Adapter(1), Requests.ToString(CultureInfo.InvariantCulture))["tokensPerSecond"];

    private static double Serve(string server)
    {
        string request = Path.Combine(Scratch.Folder, "serve.json");
        new ServeRequest { Packages = [RuntimePackages.Adapter(1)], PackagesFolder = Scratch.Folder, Port = 0, Json = true, MaxConcurrency = Clients }.Write(request);
        using Process process = Process.Start(new ProcessStartInfo("dotnet", ["exec", server, request]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        string address = JsonElement.Parse(process.StandardOutput.ReadLine()!).GetProperty("url").GetString()!;
        using var client = new HttpClient();
        Task.WaitAll([.. Enumerable.Range(0, 4).Select(i => AskAsync(client, address, i, 8))]);
        long started = Stopwatch.GetTimestamp();
        int next = -1, tokens = 0;
        Task.WaitAll([.. Enumerable.Range(0, Clients).Select(_ => Task.Run(async () =>
        {
            for (int i = Interlocked.Increment(ref next); i < Requests; i = Interlocked.Increment(ref next))
            {
                Interlocked.Add(ref tokens, await AskAsync(client, address, i, null));
            }
        }))]);
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        End(process);
        return tokens / seconds;
    }

    private static async Task<int> AskAsync(HttpClient client, string address, int number, int? most)
    {
        var body = new { model = "Contoso.Adapter1", max_tokens = most, messages = new[] { new { role = "user", content = RuntimeVerb.Prompt(number) } } };
        using HttpResponseMessage response = await client.PostAsJsonAsync(address + "/chat/completions", body);
        response.EnsureSuccessStatusCode();
        JsonElement json = await response.Content.ReadFromJsonAsync<JsonElement>();
        return json.GetProperty("usage").GetProperty("completion_tokens").GetInt32();
    }

    private static Process App(string adapter)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, [EngineProcess.Flag, "answer", adapter]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        // This program turns tiers off; an app does not.
        start.Environment["DOTNET_TieredCompilation"] = "1";
        start.Environment["DOTNET_TieredPGO"] = "1";
        return Process.Start(start)!;
    }

    private static void Expect(Process app, string line)
    {
        for (string? said = app.StandardOutput.ReadLine(); said != line; said = app.StandardOutput.ReadLine())
        {
            _ = said ?? throw new InvalidOperationException($"the app ended without saying '{line}'");
        }
    }

    private static void End(Process process)
    {
        process.StandardInput.Close();
        process.WaitForExit();
    }

    private static double ProportionalBytes(Process process) => File.ReadLines($"/proc/{process.Id}/smaps_rollup")
        .Where(line => line.StartsWith("Pss:", StringComparison.Ordinal))
        .Sum(line => double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture)) * 1024;
}
