using System.Text.Json;
using System.Text.Json.Nodes;

namespace ModelOps.Conformance;

/// <summary>A worker to be tested, a folder to work in, and the tiny model that every check uses.</summary>
public sealed class Workbench : IDisposable
{
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true };
    private readonly string _root = Directory.CreateTempSubdirectory("conformance-").FullName;
    private readonly Lock _lock = new();
    private int _next;
    private string? _adapter;

    /// <param name="worker">An assembly (<c>.dll</c>) or an executable.</param>
    /// <param name="dotnet">The <c>dotnet</c> that runs an assembly.</param>
    public Workbench(string worker, string dotnet = "dotnet")
    {
        Worker = Path.GetFullPath(worker);
        Dotnet = dotnet;
        Model = TinyFolder.Write(Path.Combine(_root, "model"));
    }

    public string Worker { get; }

    public string Dotnet { get; }

    /// <summary>How far a worker's loss may lie from that of the suite's own decoder in double precision, relative to the larger of 1 and the value.</summary>
    public double Tolerance { get; init; } = 1e-3;

    /// <summary>How long one request may take before it counts as hanging.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(2);

    internal TinyFolder Model { get; }

    /// <summary>A new folder of its own.</summary>
    internal string Folder() => Directory.CreateDirectory(Path.Combine(_root, $"{Interlocked.Increment(ref _next):000}")).FullName;

    internal string Lines(string folder, string name, IEnumerable<JsonObject> lines)
    {
        string path = Path.Combine(folder, name);
        File.WriteAllText(path, string.Concat(lines.Select(l => l.ToJsonString() + "\n")));
        return path;
    }

    /// <summary>An adapter that the worker itself has trained; made once.</summary>
    internal string Adapter()
    {
        lock (_lock)
        {
            return _adapter ??= Requests.TrainAdapter(this);
        }
    }

    internal Execution Start(JsonObject request, bool watchesInput = false)
    {
        string path = Path.Combine(_root, $"request-{Interlocked.Increment(ref _next):000}.json");
        File.WriteAllText(path, request.ToJsonString(s_indented));
        return Execution.Start(this, [path], watchesInput);
    }

    /// <summary>Runs a request to its end; the exit code must be this one.</summary>
    internal Execution Complete(JsonObject request, int exitCode = Execution.Done)
    {
        Execution run = Start(request);
        run.Finish(exitCode);
        return run;
    }

    /// <summary>Runs a request that a worker may refuse with a code and exit code 2.</summary>
    /// <exception cref="NotOfferedException">It did.</exception>
    internal Execution CompleteIfOffered(JsonObject request, string what)
    {
        Execution run = Start(request);
        run.Finish(null);
        if (run.ExitCode == Execution.BadRequest)
        {
            string said = $"{run.Error.GetProperty("code").GetString()}: {run.Error.GetProperty("message").GetString()}";
            throw new NotOfferedException($"{what} is refused: {said}");
        }

        run.Require(Execution.Done);
        return run;
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
