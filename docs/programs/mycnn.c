/* conv, relu, pooling and average_pooling in C, judged by cnnspec: a worked program of docs/protocol.md.
 *
 *   gcc -O2 -o mycnn docs/programs/mycnn.c && cnnspec check --exec ./mycnn
 *   gcc -O2 -DFAULTY -o faulty docs/programs/mycnn.c && cnnspec check --exec ./faulty
 *   gcc -O2 -DIGNORES_STRIDE -o faulty docs/programs/mycnn.c && cnnspec check --exec ./faulty
 *   gcc -O2 -shared -fPIC -o mycnn.so docs/programs/mycnn.c      (for ctypes: docs/programs/shared.py)
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef FAULTY
enum { MISSED = 1 }; /* off by one: the last column of the filters is not used */
#else
enum { MISSED = 0 };
#endif

/* ---- The four operations: double, the last axis varies fastest. ---- */

/* y ((h-kh)/stride+1, (w-kw)/stride+1, n) from x (h, w, c) and filters (n, kh, kw, c) */
void conv(const double *x, const double *filters, double *y, long h, long w, long c, long n, long kh, long kw,
          long stride) {
    for (long r = 0; r + kh <= h; r += stride)
        for (long s = 0; s + kw <= w; s += stride)
            for (long m = 0; m < n; m++) {
                double sum = 0;
                for (long i = 0; i < kh; i++)
                    for (long j = 0; j < kw - MISSED; j++)
                        for (long ch = 0; ch < c; ch++)
                            sum += x[((r + i) * w + s + j) * c + ch] *
                                   filters[((m * kh + i) * kw + j) * c + ch];
                *y++ = sum;
            }
}

void relu(const double *x, double *y, long count) {
    for (long i = 0; i < count; i++)
        y[i] = x[i] <= 0 ? 0 : x[i]; /* so that NaN stays NaN */
}

void pooling(const double *x, double *y, long h, long w, long c, long size, long stride) {
    for (long r = 0; r * stride + size <= h; r++)
        for (long s = 0; s * stride + size <= w; s++)
            for (long ch = 0; ch < c; ch++) {
                double most = -INFINITY;
                for (long i = 0; i < size; i++)
                    for (long j = 0; j < size; j++) {
                        double v = x[((r * stride + i) * w + s * stride + j) * c + ch];
                        if (!(v <= most) && most == most) /* so that NaN stays NaN */
                            most = v;
                    }
                *y++ = most;
            }
}

void average_pooling(const double *x, double *y, long h, long w, long c, long size, long stride) {
    for (long r = 0; r * stride + size <= h; r++)
        for (long s = 0; s * stride + size <= w; s++)
            for (long ch = 0; ch < c; ch++) {
                double sum = 0;
                for (long i = 0; i < size; i++)
                    for (long j = 0; j < size; j++)
                        sum += x[((r * stride + i) * w + s * stride + j) * c + ch];
                *y++ = sum / (double)(size * size);
            }
}

/* ---- .npy files. ---- */

typedef struct {
    int rank;
    long shape[8];
    double *data;
} Array;

long count(Array a) {
    long n = 1;
    for (int i = 0; i < a.rank; i++)
        n *= a.shape[i];
    return n;
}

Array made(int rank, long a, long b, long c) {
    Array made = {rank, {a, b, c}, NULL};
    made.data = calloc(count(made) ? count(made) : 1, sizeof(double));
    return made;
}

Array load(const char *path) {
    Array a = {0, {0}, NULL};
    char header[65536];
    unsigned char start[10];
    FILE *file = fopen(path, "rb");
    if (!file || fread(start, 1, 10, file) != 10)
        exit(3);
    size_t length = start[8] + 256 * start[9];
    if (fread(header, 1, length, file) != length)
        exit(3);
    header[length] = 0;
    char *text = strstr(header, "'shape': (") + 10;
    while (*text != ')') {
        a.shape[a.rank++] = strtol(text, &text, 10);
        text += strspn(text, ", ");
    }
    a.data = malloc(count(a) * sizeof(double) + 1);
    if (fread(a.data, sizeof(double), count(a), file) != (size_t)count(a))
        exit(3);
    fclose(file);
    return a;
}

void save(const char *path, Array a) {
    char shape[256] = "", header[512];
    for (int i = 0; i < a.rank; i++)
        sprintf(shape + strlen(shape), "%ld,", a.shape[i]);
    int length = sprintf(header, "{'descr': '<f8', 'fortran_order': False, 'shape': (%s), }\n", shape);
    FILE *file = fopen(path, "wb");
    fwrite("\x93NUMPY\1\0", 1, 8, file);
    fputc(length % 256, file);
    fputc(length / 256, file);
    fwrite(header, 1, length, file);
    fwrite(a.data, sizeof(double), count(a), file);
    fclose(file);
}

/* ---- The protocol: a request a line, an answer a line. ---- */

/* The stride of a request: 1 if it names none, 0 if it is no number, such as the pair [2,1] */
long stride_in(const char *line) {
    const char *found = strstr(line, "\"stride\":");
    long stride = 1;
    if (found && sscanf(found, "\"stride\":%ld", &stride) != 1)
        return 0;
#ifdef IGNORES_STRIDE
    stride = stride < 1 ? stride : 1; /* it is declared, checked, and forgotten */
#endif
    return stride;
}

const char *do_conv(const char *line, char *output, Array *y, const char **clause) {
    char image[512], filters[512];
    sscanf(line, "{\"id\":%*d,\"op\":\"conv\",\"image\":\"%511[^\"]\",\"filters\":\"%511[^\"]\"", image, filters);
    sscanf(strstr(line, "\"output\":"), "\"output\":\"%511[^\"]\"", output); /* behind the stride, if there is one */
    Array x = load(image), w = load(filters);
    long c = x.rank == 3 ? x.shape[2] : 1, depth = w.rank == 4 ? w.shape[3] : 1;
    long kh = w.shape[1], kw = w.shape[2], stride = stride_in(line);
    const char *why = NULL;
    if (!((x.rank == 2 && w.rank == 3) || (x.rank == 3 && w.rank == 4)))
        *clause = "C1", why = "the ranks of image and filters do not agree";
    else if (c != depth)
        *clause = "C2", why = "the number of channels differs";
    else if (kh > x.shape[0] || kw > x.shape[1])
        *clause = "C5", why = "the filters are larger than the image";
    else if (kh < 1 || kw < 1 || stride < 1)
        *clause = "C18", why = "the filters are empty, or the stride is no number from 1 on";
    if (!why) {
        *y = made(3, (x.shape[0] - kh) / stride + 1, (x.shape[1] - kw) / stride + 1, w.shape[0]);
        conv(x.data, w.data, y->data, x.shape[0], x.shape[1], c, w.shape[0], kh, kw, stride);
    }
    free(x.data);
    free(w.data);
    return why;
}

const char *do_relu(const char *line, char *output, Array *y, const char **clause) {
    char map[512];
    sscanf(line, "{\"id\":%*d,\"op\":\"relu\",\"feature_map\":\"%511[^\"]\",\"output\":\"%511[^\"]\"", map, output);
    (void)clause; /* nothing is invalid */
    *y = load(map);
    relu(y->data, y->data, count(*y));
    return NULL;
}

/* pooling and average_pooling take the same, and reject the same */
const char *do_pooling(const char *line, char *output, Array *y, const char **clause) {
    char op[32], map[512];
    long size, stride;
    sscanf(line, "{\"id\":%*d,\"op\":\"%31[^\"]\",\"feature_map\":\"%511[^\"]\",\"size\":%ld,\"stride\":%ld,\"output\":\"%511[^\"]\"",
           op, map, &size, &stride, output);
    int average = !strcmp(op, "average_pooling");
    Array x = load(map);
    const char *why = NULL;
    if (x.rank != 3)
        *clause = average ? "A1" : "P1", why = "the rank of the map is not 3";
    else if (size < 1 || stride < 1 || size > x.shape[0] || size > x.shape[1])
        *clause = average ? "A2" : "P2", why = "the window does not fit, or the stride is below 1";
    if (!why) {
        *y = made(3, (x.shape[0] - size) / stride + 1, (x.shape[1] - size) / stride + 1, x.shape[2]);
        (average ? average_pooling : pooling)(x.data, y->data, x.shape[0], x.shape[1], x.shape[2], size, stride);
    }
    free(x.data);
    return why;
}

int main(void) {
    char line[65536], op[32], output[512];
    long id;
    while (fgets(line, sizeof line, stdin)) {
        if (sscanf(line, "{\"id\":%ld,\"op\":\"%31[^\"]\"", &id, op) != 2)
            return 2;
        Array y = {0, {0}, NULL};
        const char *why = NULL, *clause = NULL;
        if (!strcmp(op, "hello")) {
            printf("{\"id\":%ld,\"status\":\"ok\",\"protocol\":2,\"name\":\"mycnn.c\","
                   "\"ops\":[\"conv\",\"relu\",\"pooling\",\"average_pooling\"],\"dtypes\":[\"float64\"],"
                   "\"parameters\":{\"conv\":[\"stride\"]}}\n", id);
        } else if (strcmp(op, "conv") && strcmp(op, "relu") && strcmp(op, "pooling") && strcmp(op, "average_pooling")) {
            printf("{\"id\":%ld,\"status\":\"unsupported\"}\n", id);
        } else {
            why = !strcmp(op, "conv")   ? do_conv(line, output, &y, &clause)
                  : !strcmp(op, "relu") ? do_relu(line, output, &y, &clause)
                                        : do_pooling(line, output, &y, &clause);
            if (why) {
                printf("{\"id\":%ld,\"status\":\"rejected\",\"clause\":\"%s\",\"reason\":\"%s\"}\n", id, clause, why);
            } else {
                save(output, y);
                printf("{\"id\":%ld,\"status\":\"ok\"}\n", id);
            }
        }
        free(y.data);
        fflush(stdout); /* or the answer stays here */
    }
    return 0;
}
