using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Protocol;

namespace ModelOps.Backends.Commands;

/// <summary>Runs a command once for all questions; the protocol is in <c>docs/formats/command-model.md</c>.</summary>
public sealed class CommandModel(CommandOptions options)
{
    private const int StderrLines = 10;
    private static readonly TimeSpan s_lastWords = TimeSpan.FromSeconds(1);

    private readonly Queue<string> _stderr = new();

    /// <summary>Asks all questions; answers are handed over as they come.</summary>
    /// <exception cref="DiagnosticException"><c>MOPS5116</c>: it failed or fell silent; <c>MOPS5117</c>: it wrote something else than answers.</exception>
    public async Task AskAsync(IReadOnlyList<Question> questions, DecodingOptions decoding, Action<AnswerLine> answered, CancellationToken cancellation)
    {
        using Process process = Start();
        try
        {
            Task errors = KeepErrorsAsync(process.StandardError);
            Task asking = WriteAsync(process.StandardInput, questions, decoding);
            var open = questions.ToDictionary(q => (q.Id, q.Repeat));
            while (await ReadAsync(process, cancellation).ConfigureAwait(false) is { } line)
            {
                AnswerLine? answer = line.Trim().Length == 0 ? null : Parse(line);
                if (answer is not null && !open.Remove((answer.Id, answer.Repeat)))
                {
                    throw BackendErrors.BadCommandOutput(options.Name, line, "nobody asked for this answer, or it was there already");
                }

                if (answer is not null)
                {
                    answered(answer);
                }
            }

            await asking.ConfigureAwait(false);
            await process.WaitForExitAsync(cancellation).ConfigureAwait(false);
            await Task.WhenAny(errors, Task.Delay(s_lastWords, cancellation)).ConfigureAwait(false); // a child of its own may hold the stream
            if (process.ExitCode != 0 || open.Count > 0)
            {
                throw Failed(process.ExitCode != 0 ? $"ended with exit code {process.ExitCode.ToString(CultureInfo.InvariantCulture)}" : $"left {open.Count} of {questions.Count} questions unanswered");
            }
        }
        finally
        {
            ShellProcess.Kill(process);
        }
    }

    private Process Start()
    {
        try
        {
            return ShellProcess.Start(options.Command, options.Directory);
        }
        catch (Win32Exception e)
        {
            throw Failed($"cannot be started: {e.Message}");
        }
    }

    private static async Task WriteAsync(StreamWriter input, IReadOnlyList<Question> questions, DecodingOptions decoding)
    {
        try
        {
            foreach (Question question in questions)
            {
                await input.WriteAsync(JsonSerializer.Serialize(new { question.Id, question.Repeat, question.Messages, decoding.MaxNewTokens, decoding.Temperature, decoding.Seed }, WorkerJson.Options) + "\n").ConfigureAwait(false);
            }

            input.Close();
        }
        catch (IOException)
        {
            // It stopped reading; what it has answered, and its exit code, say whether that is well.
        }
    }

    private async Task<string?> ReadAsync(Process process, CancellationToken cancellation)
    {
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        silence.CancelAfter(options.Timeout);
        try
        {
            return await process.StandardOutput.ReadLineAsync(silence.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw Failed($"said nothing for {options.Timeout.TotalSeconds:0.###} s");
        }
    }

    private AnswerLine Parse(string line)
    {
        try
        {
            CommandAnswer answer = JsonSerializer.Deserialize<CommandAnswer>(line, WorkerJson.Options) ?? throw new JsonException("it is null");
            return answer is { Id: { } id, Text: { } text, PromptTokens: >= 0, CompletionTokens: >= 0 }
                ? new AnswerLine(id, answer.Repeat, text, answer.PromptTokens, answer.CompletionTokens, answer.Finish is "length" ? "length" : "stop", answer.Milliseconds)
                : throw new JsonException("'id' or 'text' is missing, or a count is below 0");
        }
        catch (JsonException e)
        {
            throw BackendErrors.BadCommandOutput(options.Name, line, e.Message);
        }
    }

    private async Task KeepErrorsAsync(StreamReader errors)
    {
        while (await errors.ReadLineAsync(CancellationToken.None).ConfigureAwait(false) is { } line)
        {
            lock (_stderr)
            {
                _stderr.Enqueue(line);
                if (_stderr.Count > StderrLines)
                {
                    _stderr.Dequeue();
                }
            }
        }
    }

    private DiagnosticException Failed(string why)
    {
        lock (_stderr)
        {
            return BackendErrors.CommandFailed(options.Name, why, string.Join(" | ", _stderr));
        }
    }

    private sealed record CommandAnswer(string? Id = null, string? Text = null, int Repeat = 0, int PromptTokens = 0, int CompletionTokens = 0, string? Finish = null, double Milliseconds = 0);
}
