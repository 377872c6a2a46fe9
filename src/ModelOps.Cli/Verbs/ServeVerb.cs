using System.CommandLine;
using System.Globalization;
using ModelOps.Cli.Models;
using ModelOps.Core.Protocol;

namespace ModelOps.Cli.Verbs;

/// <summary><c>modelops serve</c>: an OpenAI-compatible endpoint over model packages.</summary>
internal static class ServeVerb
{
    private static readonly ServeRequest s_default = new() { Packages = [], PackagesFolder = "" };

    public static Command Create(Terminal terminal)
    {
        var packages = new Argument<string[]>("package") { Description = "A package's folder, a .nupkg, or the id (id@version) of a restored package.", Arity = ArgumentArity.OneOrMore };
        var host = new Option<string>("--host") { Description = "Address to listen on; beyond this machine only with an API key.", HelpName = "address", DefaultValueFactory = _ => s_default.Host };
        Option<int> port = Number("--port", "0: any free one.", s_default.Port, 0, 65535);
        var key = new Option<string?>("--api-key-env") { Description = "The environment variable that holds the API key clients must send.", HelpName = "name" };
        Option<int> queue = Number("--max-queue", "Requests that may wait; more are refused with 429.", s_default.MaxQueue, 0, 100_000);
        Option<int> concurrency = Number("--max-concurrency", "Requests that one base model answers together.", s_default.MaxConcurrency, 1, 256);
        Option<int> bytes = Number("--max-request-kb", "Largest request, in KB.", (int)(s_default.MaxRequestBytes >> 10), 1, 1 << 20);
        Option<int> cache = Number("--cache-mb", "Memory for keys and values of one base model, in MB.", (int)(s_default.CacheBytes >> 20), 0, 1 << 20);
        Option<int> drain = Number("--drain-seconds", "How long requests under way may go on when the server is stopped.", s_default.DrainSeconds, 0, 3600);
        Option<int> threads = Number("--threads", "0: all cores. Changes no answer.", s_default.Threads, 0, 4096);
        var probe = new Option<bool>("--probe") { Description = "Ask each package's sealed rows first, and refuse one that does not answer as in its evaluation." };
        var check = new Option<bool>("--check") { Description = "Open and probe everything, then end without listening." };
        var folder = new Option<string?>("--packages") { Description = "NuGet's folder of restored packages; default NUGET_PACKAGES, else ~/.nuget/packages.", HelpName = "folder" };
        var json = new Option<bool>("--json") { Description = "Say where it listens as one line of JSON." };
        var server = new Option<string?>("--server") { Description = "Another server: an assembly or executable that takes the same request.", HelpName = "file" };
        var command = new Command("serve", "Answer OpenAI's chat completions with the models of packages, on this machine.") { packages };
        foreach (Option option in new Option[] { host, port, key, queue, concurrency, bytes, cache, drain, threads, probe, check, folder, json, server })
        {
            command.Add(option);
        }

        command.SetAction((result, cancellation) => ServeProcess.RunAsync(
            new ServeRequest
            {
                Packages = [.. result.GetRequiredValue(packages).Select(Absolute)],
                PackagesFolder = Path.GetFullPath(result.GetValue(folder) ?? DefaultFolder()),
                Host = result.GetValue(host)!,
                Port = result.GetValue(port),
                ApiKeyVariable = result.GetValue(key),
                MaxQueue = result.GetValue(queue),
                MaxConcurrency = result.GetValue(concurrency),
                MaxRequestBytes = (long)result.GetValue(bytes) << 10,
                CacheBytes = (long)result.GetValue(cache) << 20,
                DrainSeconds = result.GetValue(drain),
                Threads = result.GetValue(threads),
                ProbeParity = result.GetValue(probe) || result.GetValue(check),
                CheckOnly = result.GetValue(check),
                Json = result.GetValue(json),
            },
            result.GetValue(server) is { } other ? Path.GetFullPath(other) : null,
            terminal,
            cancellation));
        return command;
    }

    /// <summary>What is there is a path, everything else an id.</summary>
    private static string Absolute(string package) => Path.Exists(package) ? Path.GetFullPath(package) : package;

    private static string DefaultFolder() => Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } named ? named
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    private static Option<int> Number(string name, string description, int value, int low, int high)
    {
        var option = new Option<int>(name) { Description = description, HelpName = "n", DefaultValueFactory = _ => value };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && int.TryParse(token.Value, CultureInfo.InvariantCulture, out int number) && (number < low || number > high))
            {
                result.AddError($"'{name} {token.Value}' is out of range; expected {low} to {high}.");
            }
        });
        return option;
    }
}
