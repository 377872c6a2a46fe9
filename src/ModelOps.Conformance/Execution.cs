using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace ModelOps.Conformance;

/// <summary>One run of a worker process; every line that it writes to standard output is held to the rules for events.</summary>
internal sealed partial class Execution : IDisposable
{
    public const int Done = 0, BadRequest = 2, BadData = 3, NumericFailure = 4, Cancelled = 130;
    private const int SigTerm = 15;
    private readonly Process _process;
    private readonly BlockingCollection<string> _lines = [];
    private readonly StringBuilder _errors = new();
    private readonly TimeSpan _patience;

    private Execution(Process process, TimeSpan patience)
    {
        _process = process;
        _patience = patience;
        new Thread(ReadLines) { IsBackground = true, Name = "events" }.Start();
        process.ErrorDataReceived += (_, line) => _errors.AppendLine(line.Data);
        process.BeginErrorReadLine();
    }

    public List<JsonElement> Events { get; } = [];

    public int ExitCode => _process.ExitCode;

    /// <summary>The last event, which must be the result.</summary>
    public JsonElement Result => Events.Count > 0 && Kind(Events[^1]) == "result" ? Events[^1] : throw new NonconformityException("the last event of a successful run is no 'result'");

    /// <summary>The only error event.</summary>
    public JsonElement Error => Of("error") is [var only] ? only : throw new NonconformityException($"{Of("error").Count} error events; expected one. {Words()}");

    public static Execution Start(Workbench bench, string[] arguments, bool watchesInput)
    {
        bool managed = bench.Worker.EndsWith(".dll", StringComparison.OrdinalIgnoreCase);
        var start = new ProcessStartInfo(managed ? bench.Dotnet : bench.Worker)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: false),
            WorkingDirectory = Path.GetTempPath(),
        };
        foreach (string argument in managed ? ["exec", bench.Worker, .. arguments] : arguments)
        {
            start.ArgumentList.Add(argument);
        }

        if (watchesInput)
        {
            start.Environment["MODELOPS_WORKER_PARENT"] = "stdin";
        }
        else
        {
            start.Environment.Remove("MODELOPS_WORKER_PARENT");
        }

        return new Execution(Process.Start(start)!, bench.Patience);
    }

    public List<JsonElement> Of(string kind) => [.. Events.Where(e => Kind(e) == kind)];

    /// <summary>Reads events until one of this kind.</summary>
    /// <returns>False where the worker ended before.</returns>
    public bool WaitFor(string kind)
    {
        while (Next() is { } line)
        {
            if (Kind(Take(line)) == kind)
            {
                return true;
            }
        }

        return false;
    }

    /// <param name="exitCode">Null: any that the protocol knows.</param>
    public void Finish(int? exitCode)
    {
        while (Next() is { } line)
        {
            Take(line);
        }

        if (!_process.WaitForExit(_patience))
        {
            throw new NonconformityException("the worker closed standard output and did not end");
        }

        _process.WaitForExit();
        if (exitCode is { } expected)
        {
            Require(expected);
        }
        else
        {
            Expect.That(ExitCode is Done or BadRequest or BadData or NumericFailure or Cancelled, $"exit code {ExitCode} is none of the protocol's. {Words()}");
        }
    }

    public void Require(int exitCode)
    {
        Expect.That(ExitCode == exitCode, $"exit code {ExitCode}; expected {exitCode}. {Words()}");
        Expect.That(ExitCode is not Done || Of("error").Count == 0, "a successful run sent an error event");
        Expect.That(ExitCode is Done or Cancelled || Error.GetProperty("code").GetString() is { Length: > 0 }, "an error without a code");
        if (ExitCode == Done)
        {
            _ = Result;
        }
    }

    public void Kill()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
    }

    public void Terminate() => _ = SendSignal(_process.Id, SigTerm);

    public void CloseInput() => _process.StandardInput.Close();

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            Kill();
        }

        _process.Dispose();
        _lines.Dispose();
    }

    private string? Next()
    {
        if (_lines.TryTake(out string? line, _patience))
        {
            return line;
        }

        if (_lines.IsAddingCompleted)
        {
            return null;
        }

        Kill();
        throw new NonconformityException($"the worker was silent for {_patience.TotalSeconds:0} s and was killed");
    }

    private JsonElement Take(string line)
    {
        JsonElement happened = EventRules.Parse(line);
        Expect.That(Events.Count == 0 || Kind(Events[^1]) is not ("result" or "error"), $"an event after the last one: {line}");
        Events.Add(happened);
        return happened;
    }

    private void ReadLines()
    {
        try
        {
            while (_process.StandardOutput.ReadLine() is { } line)
            {
                _lines.Add(line);
            }
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            // Killed, or disposed of.
        }

        _lines.CompleteAdding();
    }

    private string Words() => $"Events: {string.Join(' ', Events.TakeLast(3).Select(e => e.GetRawText()))}. Standard error: {_errors.ToString().Trim()}";

    private static string Kind(JsonElement happened) => happened.GetProperty("event").GetString()!;

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);
}
