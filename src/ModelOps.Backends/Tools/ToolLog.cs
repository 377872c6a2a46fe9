using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using ModelOps.Backends.Clusters;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Protocol;

namespace ModelOps.Backends.Tools;

/// <summary>
/// Reads what a tool says: steps from the bar of progress, losses from the lines that Transformers' trainer prints, or events of the worker protocol from a command that writes them.
/// All of it is kept in a file; nothing of it decides whether the training went well, but a loss that is no number.
/// </summary>
/// <param name="stage">Whose progress this is, for people.</param>
/// <param name="file">Where everything is kept.</param>
public sealed partial class ToolLog(string stage, string file, IStageLog log) : IRunOutput
{
    private const int LastLines = 20;
    private static readonly UTF8Encoding s_text = new(encoderShouldEmitUTF8Identifier: false); // whatever bytes a tool writes
    private readonly Lock _lock = new();
    private readonly Queue<string> _last = new();
    private readonly List<double> _losses = [];
    private long _step;
    private long _steps;
    private (long Step, int Losses) _shown = (-1, 0);

    public string File { get; } = file;

    /// <summary>The loss of every step that was reported.</summary>
    public IReadOnlyList<double> Losses => _losses;

    /// <summary>A loss was no number.</summary>
    public bool HasDiverged { get; private set; }

    public string LastWords
    {
        get
        {
            lock (_lock)
            {
                return string.Join(" | ", _last.Select(l => ForeignText.Clean(l, 300)));
            }
        }
    }

    public void Begin()
    {
        lock (_lock)
        {
            _last.Clear();
            _losses.Clear();
            (_step, _steps, _shown, HasDiverged) = (0, 0, (-1, 0), false);
            System.IO.File.WriteAllText(File, "");
        }
    }

    public void Output(string line) => Take(line, isError: false);

    public void Error(string line) => Take(line, isError: true);

    private void Take(string line, bool isError)
    {
        if (string.IsNullOrWhiteSpace(line))
        {
            return;
        }

        lock (_lock)
        {
            System.IO.File.AppendAllText(File, line + "\n", s_text);
            if (line.StartsWith("{\"event\":", StringComparison.Ordinal) && Event(line))
            {
                return;
            }

            if (Loss().Match(line) is { Success: true } loss)
            {
                TakeLoss(loss.Groups[1].Value);
            }
            else if (Bar().Match(line) is { Success: true } bar && long.TryParse(bar.Groups[1].Value, CultureInfo.InvariantCulture, out long step) && long.TryParse(bar.Groups[2].Value, CultureInfo.InvariantCulture, out long steps))
            {
                (_step, _steps) = (step, steps);
                Show();
            }
            else
            {
                Remember(line);
                log.Message($"  {ForeignText.Clean(line, 500)}");
            }
        }

        void Remember(string words)
        {
            // The last lines of either stream; an error's are what is wanted, and tools write theirs to both.
            _last.Enqueue(isError ? words : $"(out) {words}");
            if (_last.Count > LastLines)
            {
                _last.Dequeue();
            }
        }
    }

    // Python prints a loss as 0.53, nan or inf, and newer versions as a text of that.
    private void TakeLoss(string text)
    {
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) || !double.IsFinite(value))
        {
            HasDiverged = true;
            return;
        }

        _losses.Add(value);
        _step = Math.Max(_step, _losses.Count);
        Show();
    }

    private bool Event(string line)
    {
        try
        {
            switch (WorkerEvent.Parse(line))
            {
                case ProgressEvent progress:
                    (_step, _steps) = (progress.Step, progress.Steps);
                    if (progress.Loss is { } loss)
                    {
                        _losses.Add(loss);
                        HasDiverged |= !double.IsFinite(loss);
                    }

                    Show();
                    return true;
                case LogEvent message:
                    log.Message($"  {ForeignText.Clean(message.Message, 500)}");
                    return true;
            }
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or ArgumentException)
        {
            // Then it is a line like any other.
        }

        return false;
    }

    private void Show()
    {
        if (_shown != (_step, _losses.Count))
        {
            _shown = (_step, _losses.Count);
            log.Progress(new StageProgress(stage, _step, _steps, _losses.Count > 0 ? string.Create(CultureInfo.InvariantCulture, $"loss {_losses[^1]:0.000}") : "", null));
        }
    }

    // {'loss': 0.53, 'grad_norm': 1.2, 'learning_rate': 0.0001, 'epoch': 0.3}; {'loss': '0.53', …}; not 'train_loss', not 'eval_loss'.
    [GeneratedRegex(@"^.{0,200}\{\s*['""]loss['""]\s*:\s*['""]?([^\s,'""}]+)", RegexOptions.CultureInvariant)]
    private static partial Regex Loss();

    // 12%|████      | 24/200 [00:10<01:12,  2.4it/s]
    [GeneratedRegex(@"%\|.{0,300}\|\s*([0-9]{1,12})/([0-9]{1,12})\s*\[", RegexOptions.CultureInvariant)]
    private static partial Regex Bar();
}
